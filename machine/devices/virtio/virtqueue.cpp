#include "machine/devices/virtio/virtqueue.hpp"

#include <algorithm>
#include <concepts>

namespace machine {

namespace {

// Layouts of virtio 1.2, 2.7.5 (descriptors), 2.7.6 (available ring) and 2.7.8 (used ring).
constexpr std::uint64_t kDescriptorBytes = 16, kRingAt = 4, kIndexAt = 2, kUsedBytes = 8;
constexpr std::uint16_t kHasNext = 1, kDeviceWrites = 2, kIndirect = 4;
constexpr std::uint16_t kNoInterrupt = 1;
constexpr MachineAddr kMachineEnd{std::uint64_t{1} << 40};

/// Little-endian in RAM.
template <std::unsigned_integral T>
bool read_little(DmaPort& dma, MachineAddr at, T& value) {
  std::array<std::byte, sizeof(T)> bytes{};
  if (at >= kMachineEnd || !dma.dma_read(at, bytes)) return false;
  std::uint64_t wide = 0;
  for (std::size_t n = sizeof(T); n > 0; --n)
    wide = wide << 8 | std::to_integer<std::uint64_t>(bytes[n - 1]);
  value = static_cast<T>(wide);
  return true;
}

template <std::unsigned_integral T>
bool write_little(DmaPort& dma, MachineAddr at, T value) {
  std::array<std::byte, sizeof(T)> bytes{};
  for (std::size_t n = 0; n < sizeof(T); ++n)
    bytes[n] = static_cast<std::byte>(std::uint64_t{value} >> (8 * n));
  return at < kMachineEnd && dma.dma_write(at, bytes);
}

}  // namespace

// ---- a chain

bool Virtqueue::Chain::add(MachineAddr at, std::uint32_t bytes, bool writable) {
  const bool in_machine = at < kMachineEnd && bytes <= kMachineEnd - at;
  // Everything readable comes first (2.7.4.2).
  if (!in_machine || count_ == kMostDescriptors || (!writable && count_ != split_)) return false;
  segments_[count_++] = {at, bytes};
  if (!writable) split_ = count_;
  (writable ? writable_ : readable_) += bytes;
  return true;
}

template <class Copy>
bool Virtqueue::Chain::for_range(std::span<const Segment> segments, std::uint64_t offset,
                                 std::uint64_t bytes, Copy copy) {
  std::uint64_t done = 0;
  for (const Segment& segment : segments) {
    if (done == bytes) return true;
    if (offset >= segment.bytes) {
      offset -= segment.bytes;
      continue;
    }
    const std::uint64_t here = std::min<std::uint64_t>(segment.bytes - offset, bytes - done);
    if (!copy(segment.at + offset, done, here)) return false;
    done += here;
    offset = 0;
  }
  return done == bytes;
}

bool Virtqueue::Chain::read(DmaPort& dma, std::uint64_t offset, std::span<std::byte> out) const {
  return for_range(readable_segments(), offset, out.size(),
                   [&](MachineAddr at, std::uint64_t done, std::uint64_t bytes) {
                     return dma.dma_read(at, out.subspan(done, bytes));
                   });
}

bool Virtqueue::Chain::write(DmaPort& dma, std::uint64_t offset,
                             std::span<const std::byte> in) const {
  return for_range(writable_segments(), offset, in.size(),
                   [&](MachineAddr at, std::uint64_t done, std::uint64_t bytes) {
                     return dma.dma_write(at, in.subspan(done, bytes));
                   });
}

void Virtqueue::Chain::visit(StateVisitor& v) {
  const StateSection section{v, "chain"};
  v.field("head", head_);
  v.field("split", split_);
  v.field("count", count_);
  if (v.is_restoring()) {
    head_ %= kMostDescriptors;
    count_ = std::min(count_, kMostDescriptors);
    split_ = std::min(split_, count_);
    readable_ = writable_ = 0;
  }
  for (std::uint16_t n = 0; n < count_; ++n) {
    v.field("at", segments_[n].at);
    v.field("bytes", segments_[n].bytes);
    if (!v.is_restoring()) continue;
    segments_[n].at = MachineAddr{segments_[n].at.offset_in(kMachineEnd.bits())};
    (n < split_ ? readable_ : writable_) += segments_[n].bytes;
  }
}

// ---- the queue

void Virtqueue::reset() { *this = Virtqueue{}; }

bool Virtqueue::read_descriptor(DmaPort& dma, MachineAddr table, std::uint16_t index,
                                Descriptor& out) {
  const MachineAddr at = table + kDescriptorBytes * index;
  std::uint64_t buffer = 0;
  const bool found = read_little(dma, at, buffer);
  out.at = MachineAddr{buffer};
  return found && read_little(dma, at + 8, out.bytes) && read_little(dma, at + 12, out.flags) &&
         read_little(dma, at + 14, out.next);
}

bool Virtqueue::follow(DmaPort& dma, MachineAddr table, std::uint32_t size, std::uint16_t index,
                       bool indirect, Chain& chain) const {
  // More steps than there are descriptors is a loop.
  for (std::uint32_t steps = 0; steps < size; ++steps) {
    Descriptor d;
    if (index >= size || !read_descriptor(dma, table, index, d)) return false;
    if ((d.flags & kIndirect) != 0) {
      // Neither in another indirect table nor with a successor (2.7.5.3.1).
      const auto entries = static_cast<std::uint32_t>(d.bytes / kDescriptorBytes);
      const bool legal = has(kVirtioIndirect) && !indirect && (d.flags & kHasNext) == 0 &&
                         entries > 0 && d.bytes % kDescriptorBytes == 0 && entries <= setup.size;
      return legal && follow(dma, d.at, entries, 0, true, chain);
    }
    if (!chain.add(d.at, d.bytes, (d.flags & kDeviceWrites) != 0)) return false;
    if ((d.flags & kHasNext) == 0) return true;
    index = d.next;
  }
  return false;
}

Virtqueue::Next Virtqueue::pop(DmaPort& dma, Chain& chain) {
  std::uint16_t available = 0;
  if (!read_little(dma, setup.driver + kIndexAt, available)) return Next::kBroken;
  if (available == next_available_) {
    // Between the driver's look at our wish and ours at its index one of the two sees the other.
    if (!ask_for_notification(dma)) return Next::kBroken;
    if (!read_little(dma, setup.driver + kIndexAt, available)) return Next::kBroken;
    if (available == next_available_) return Next::kNone;
  }
  if (static_cast<std::uint16_t>(available - next_available_) > setup.size) return Next::kBroken;
  const MachineAddr slot = setup.driver + kRingAt + 2 * (next_available_ % setup.size);
  chain = Chain{};
  if (!read_little(dma, slot, chain.head_)) return Next::kBroken;
  if (!follow(dma, setup.descriptors, setup.size, chain.head_, false, chain)) return Next::kBroken;
  ++next_available_;
  return Next::kChain;
}

bool Virtqueue::ask_for_notification(DmaPort& dma) {
  if (!has(kVirtioEventIndex)) return true;
  const MachineAddr event = setup.device + kRingAt + kUsedBytes * setup.size;
  return write_little(dma, event, next_available_);
}

bool Virtqueue::push(DmaPort& dma, std::uint16_t head, std::uint32_t written) {
  const MachineAddr slot = setup.device + kRingAt + kUsedBytes * (next_used_ % setup.size);
  ++next_used_;
  return write_little(dma, slot, std::uint32_t{head}) && write_little(dma, slot + 4, written) &&
         write_little(dma, setup.device + kIndexAt, next_used_);
}

bool Virtqueue::wants_interrupt(DmaPort& dma) {
  const auto pushed = static_cast<std::uint16_t>(next_used_ - signalled_used_);
  if (pushed == 0) return false;
  std::uint16_t wish = 0;
  if (has(kVirtioEventIndex)) {
    // Whether the index that the driver waits for is among those just passed (2.7.7.2).
    const MachineAddr event = setup.driver + kRingAt + 2 * std::uint64_t{setup.size};
    if (!read_little(dma, event, wish)) return false;
    const auto since = static_cast<std::uint16_t>(next_used_ - wish - 1);
    signalled_used_ = next_used_;
    return since < pushed;
  }
  signalled_used_ = next_used_;
  return read_little(dma, setup.driver, wish) && (wish & kNoInterrupt) == 0;
}

void Virtqueue::visit(StateVisitor& v) {
  const StateSection section{v, "queue"};
  v.field("size", setup.size);
  v.field("ready", setup.ready);
  v.field("descriptors", setup.descriptors);
  v.field("driver", setup.driver);
  v.field("device", setup.device);
  v.word("features", features_);
  v.field("next_available", next_available_);
  v.field("next_used", next_used_);
  v.field("signalled_used", signalled_used_);
  if (!v.is_restoring()) return;
  const bool fits =
      setup.size > 0 && setup.size <= kMostDescriptors && (setup.size & (setup.size - 1)) == 0;
  if (!fits) setup.size = kMostDescriptors;
}

}  // namespace machine
