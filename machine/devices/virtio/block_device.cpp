#include "machine/devices/virtio/block_device.hpp"

#include <algorithm>
#include <span>

#include "common/check.hpp"
#include "machine/devices/virtio/little_endian.hpp"

namespace machine {

namespace {

// Feature bits, 5.2.3.
constexpr std::uint64_t kSegMax = 1 << 2, kGeometry = 1 << 4, kReadOnly = 1 << 5,
                        kBlockSize = 1 << 6, kFlush = 1 << 9, kConfigWce = 1 << 11;
// Request types, 5.2.6.
constexpr std::uint32_t kIn = 0, kOut = 1, kFlushRequest = 4, kGetId = 8;
constexpr std::uint64_t kHeaderBytes = 16, kIdBytes = 20;
constexpr std::uint64_t kChunk = 64 * kSectorBytes;
constexpr std::uint32_t kSegments = Virtqueue::kMostDescriptors - 2;  // besides header and status
constexpr std::uint64_t kWriteback = 0x20;  // offset of the one writable field

}  // namespace

BlockDevice::BlockDevice(VirtioTransport& transport, std::string serial,
                         const DiskDrive::Setup& setup, DiskMedium medium, numa::Clock clock,
                         numa::EventQueue& events)
    : transport_{transport},
      serial_{std::move(serial)},
      drive_{setup, std::move(medium), clock, events, *this},
      slots_(Virtqueue::kMostDescriptors),
      buffer_(kChunk) {}

std::uint64_t BlockDevice::features() const {
  return kSegMax | kGeometry | kBlockSize | kFlush | kConfigWce |
         (drive_.is_read_only() ? kReadOnly : 0);
}

void BlockDevice::start(std::uint64_t features) {
  accepts_wce_ = (features & kConfigWce) != 0;
  // A driver that cannot flush must not be left with a volatile cache (5.2.5.2).
  drive_.set_write_cache((features & (kFlush | kConfigWce)) != 0);
}

void BlockDevice::reset() {
  drive_.abandon();
  for (Slot& slot : slots_) slot.used = false;
  accepts_wce_ = false;
}

// ---- configuration space, 5.2.4

std::uint64_t BlockDevice::read_config(std::uint64_t offset, unsigned size) const {
  std::array<std::byte, 0x24> image{};
  const DiskTiming& timing = drive_.mechanics().timing();
  put_little(image, 0x00, 8, drive_.sectors());
  put_little(image, 0x0c, 4, kSegments);
  put_little(image, 0x10, 2, std::min<std::uint64_t>(drive_.mechanics().cylinders(), 0xffff));
  put_little(image, 0x12, 1, timing.heads);
  put_little(image, 0x13, 1, std::min<std::uint32_t>(timing.sectors_per_track, 0xff));
  put_little(image, 0x14, 4, kSectorBytes);
  put_little(image, kWriteback, 1, drive_.has_write_cache() ? 1 : 0);
  return read_field(image, offset, size);
}

void BlockDevice::write_config(std::uint64_t offset, unsigned size, std::uint64_t value) {
  if (offset == kWriteback && size == 1 && accepts_wce_) drive_.set_write_cache((value & 1) != 0);
}

// ---- requests

void BlockDevice::notified(unsigned, Cycles at) { take_all(at); }

BlockDevice::Slot* BlockDevice::free_slot(std::uint32_t& index) {
  for (index = 0; index < slots_.size(); ++index) {
    if (!slots_[index].used) return &slots_[index];
  }
  return nullptr;
}

void BlockDevice::take_all(Cycles at) {
  Virtqueue& queue = transport_.queue(0);
  if (!queue.setup.ready) return;
  std::uint32_t index = 0;
  while (Slot* const slot = free_slot(index)) {
    const auto next = queue.pop(transport_.dma(), slot->chain);
    if (next == Virtqueue::Next::kNone) return;
    if (next == Virtqueue::Next::kBroken || !begin(*slot, index, at)) return transport_.fail();
  }
}

// False if the driver broke the rules: no header, or no place for the answer.
bool BlockDevice::begin(Slot& slot, std::uint32_t index, Cycles at) {
  std::array<std::byte, kHeaderBytes> header{};
  const Virtqueue::Chain& chain = slot.chain;
  if (chain.writable() == 0 || !chain.read(transport_.dma(), 0, header)) return false;
  const auto type = static_cast<std::uint32_t>(little(std::span{header}.subspan(0, 4)));
  const std::uint64_t sector = little(std::span{header}.subspan(8, 8));
  const std::uint64_t out = chain.readable() - kHeaderBytes, in = chain.writable() - 1;
  slot.used = true;

  DiskRequest request{DiskRequest::Kind::kFlush, 0, 0, index};
  if (type == kIn || type == kOut) {
    const std::uint64_t bytes = type == kIn ? in : out;
    request.kind = type == kIn ? DiskRequest::Kind::kRead : DiskRequest::Kind::kWrite;
    request.sector = sector;
    request.count = bytes / kSectorBytes;
    const bool fits = bytes % kSectorBytes == 0 && request.count > 0 &&
                      request.count <= drive_.sectors() &&
                      sector <= drive_.sectors() - request.count;
    if (!fits || (type == kOut && drive_.is_read_only())) {
      finish(slot, Outcome::kError, 0);
      return true;
    }
  } else if (type == kGetId) {
    std::array<std::byte, kIdBytes> id{};
    for (std::size_t n = 0; n < std::min<std::size_t>(serial_.size(), kIdBytes); ++n)
      id[n] = static_cast<std::byte>(serial_[n]);
    const bool done = in >= kIdBytes && chain.write(transport_.dma(), 0, id);
    finish(slot, done ? Outcome::kDone : Outcome::kError, done ? kIdBytes : 0);
    return true;
  } else if (type != kFlushRequest) {
    finish(slot, Outcome::kUnsupported, 0);
    return true;
  }
  const bool taken = drive_.submit(request, at);
  CHECK(taken);  // the drive has room for one more than there are slots
  return true;
}

void BlockDevice::disk_done(const DiskRequest& request, Cycles at) {
  Slot& slot = slots_[request.tag % slots_.size()];
  if (!slot.used) return;  // only after a damaged state was restored
  const Outcome outcome = transfer(slot, request);
  const bool read = request.kind == DiskRequest::Kind::kRead && outcome == Outcome::kDone;
  finish(slot, outcome, read ? request.count * kSectorBytes : 0);
  // A queue that was longer than there were slots.
  take_all(at);
}

BlockDevice::Outcome BlockDevice::transfer(const Slot& slot, const DiskRequest& request) {
  const std::uint64_t bytes = request.count * kSectorBytes;
  for (std::uint64_t done = 0; done < bytes;) {
    const std::span part{buffer_.data(), std::min<std::uint64_t>(kChunk, bytes - done)};
    const std::uint64_t sector = request.sector + done / kSectorBytes;
    if (request.kind == DiskRequest::Kind::kRead) {
      drive_.read(sector, part);
      if (!slot.chain.write(transport_.dma(), done, part)) return Outcome::kError;
    } else {
      if (!slot.chain.read(transport_.dma(), kHeaderBytes + done, part)) return Outcome::kError;
      drive_.write(sector, part);
    }
    done += part.size();
  }
  return Outcome::kDone;
}

// The status byte is the last of the chain.
void BlockDevice::finish(Slot& slot, Outcome outcome, std::uint64_t filled) {
  slot.used = false;
  const std::array<std::byte, 1> status{static_cast<std::byte>(outcome)};
  const bool told = slot.chain.write(transport_.dma(), slot.chain.writable() - 1, status);
  const auto written = static_cast<std::uint32_t>(filled + 1);
  if (!told || !transport_.queue(0).push(transport_.dma(), slot.chain.head(), written)) {
    return transport_.fail();
  }
  transport_.signal_used(0);
}

void BlockDevice::visit(StateVisitor& v) {
  v.field("accepts_wce", accepts_wce_);
  for (Slot& slot : slots_) {
    v.field("used", slot.used);
    if (!slot.used) continue;
    slot.chain.visit(v);
    // A chain without a place for the answer is no request.
    if (v.is_restoring()) slot.used = slot.chain.writable() > 0;
  }
  drive_.visit(v);
}

}  // namespace machine
