// A driver of one queue of a virtio device for tests, written from the specification: it keeps
// rings in a memory of its own and drives the registers as a kernel would.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <vector>

#include "machine/devices/virtio/mmio_transport.hpp"
#include "tests/numa/fakes.hpp"
#include "tests/support/catch.hpp"

namespace machine::test {
using namespace numa::test;

/// A megabyte at machine address 0; nothing elsewhere.
struct FlatMemory : machine::DmaPort {
  std::vector<std::byte> bytes = std::vector<std::byte>(1 << 20);
  bool has(MachineAddr at, std::size_t size) const {
    return at.bits() <= bytes.size() && size <= bytes.size() - at.bits();
  }
  bool dma_read(MachineAddr at, std::span<std::byte> out) override {
    if (!has(at, out.size())) return false;
    if (!out.empty()) std::memcpy(out.data(), bytes.data() + at.bits(), out.size());
    return true;
  }
  bool dma_write(MachineAddr at, std::span<const std::byte> in) override {
    if (!has(at, in.size())) return false;
    if (!in.empty()) std::memcpy(bytes.data() + at.bits(), in.data(), in.size());
    return true;
  }
  void put(std::uint64_t at, unsigned size, std::uint64_t value) {
    for (unsigned n = 0; n < size; ++n) bytes.at(at + n) = static_cast<std::byte>(value >> 8 * n);
  }
  std::uint64_t get(std::uint64_t at, unsigned size) const {
    std::uint64_t value = 0;
    for (unsigned n = size; n > 0; --n)
      value = value << 8 | std::to_integer<std::uint64_t>(bytes.at(at + n - 1));
    return value;
  }
};

struct Buffer {
  std::uint64_t at = 0;
  std::uint32_t bytes = 0;
  bool device_writes = false;
};

class Driver {
 public:
  static constexpr std::uint64_t kTable = 0x1000, kAvailable = 0x3000, kUsed = 0x4000,
                                 kIndirectTables = 0x8000;

  /// The rings of queue `number` lie `base` bytes behind the places above.
  Driver(machine::MmioTransport& registers, FlatMemory& memory, std::uint16_t size,
         std::uint32_t number = 0, std::uint64_t base = 0)
      : registers_{registers}, memory_{memory}, size_{size}, number_{number}, base_{base} {}

  std::uint32_t read(std::uint64_t offset) {
    const auto value = registers_.read({CpuId{0}, now}, offset, 4);
    REQUIRE(value);
    return static_cast<std::uint32_t>(*value);
  }
  void write(std::uint64_t offset, std::uint32_t value) {
    REQUIRE(registers_.write({CpuId{0}, now}, offset, 4, value));
  }

  /// The steps of 3.1.1 for a device with one queue; whether the device kept FEATURES_OK.
  bool negotiate(std::uint64_t features) {
    if (!accept(features)) return false;
    add_queue(features);
    write(0x70, 15);
    return true;
  }
  /// Up to FEATURES_OK.
  bool accept(std::uint64_t features) {
    write(0x70, 0);
    write(0x70, 1);
    write(0x70, 3);
    for (std::uint32_t half = 0; half < 2; ++half) {
      write(0x24, half);
      write(0x20, static_cast<std::uint32_t>(features >> (32 * half)));
    }
    write(0x70, 11);
    return (read(0x70) & 8) != 0;
  }
  void add_queue(std::uint64_t features) {
    event_index_ = (features & machine::kVirtioEventIndex) != 0;
    write(0x30, number_);
    write(0x38, size_);
    write(0x80, static_cast<std::uint32_t>(base_ + kTable));
    write(0x90, static_cast<std::uint32_t>(base_ + kAvailable));
    write(0xa0, static_cast<std::uint32_t>(base_ + kUsed));
    write(0x44, 1);
    std::memset(memory_.bytes.data() + base_ + kAvailable, 0, 0x2000);
    available_ = used_ = 0;
    next_ = 0;
  }

  /// Puts a request into the ring; the number of its first descriptor.
  std::uint16_t add(const std::vector<Buffer>& chain, bool indirect = false) {
    const auto head = static_cast<std::uint16_t>(next_ % size_);
    if (indirect) {
      const std::uint64_t table = base_ + kIndirectTables + 0x1000 * (available_ % 16u);
      for (std::size_t n = 0; n < chain.size(); ++n)
        descriptor(table, n, chain[n], n + 1 < chain.size(), n + 1);
      memory_.put(base_ + kTable + 16 * head, 8, table);
      memory_.put(base_ + kTable + 16 * head + 8, 4, 16 * chain.size());
      memory_.put(base_ + kTable + 16 * head + 12, 4, 4);
      ++next_;
    } else {
      for (std::size_t n = 0; n < chain.size(); ++n) {
        const std::size_t here = next_++ % size_;
        descriptor(base_ + kTable, here, chain[n], n + 1 < chain.size(), next_ % size_);
      }
    }
    memory_.put(base_ + kAvailable + 4 + 2 * (available_ % size_), 2, head);
    memory_.put(base_ + kAvailable + 2, 2, ++available_);
    return head;
  }
  void notify() { write(0x50, number_); }
  bool wants_notification() const {
    return memory_.get(base_ + kUsed + 4 + 8 * std::uint64_t{size_}, 2) ==
           std::uint16_t(available_ - 1);
  }
  /// Asks for an interrupt once `n` more requests are back.
  void interrupt_after(std::uint16_t n) {
    memory_.put(base_ + kAvailable + 4 + 2 * std::uint64_t{size_}, 2, std::uint16_t(used_ + n - 1));
  }
  void no_interrupts(bool on) { memory_.put(base_ + kAvailable, 2, on ? 1 : 0); }

  struct Used {
    std::uint16_t head;
    std::uint32_t written;
  };
  std::optional<Used> take() {
    if (memory_.get(base_ + kUsed + 2, 2) == used_) return std::nullopt;
    const std::uint64_t slot = base_ + kUsed + 4 + 8 * (used_++ % size_);
    return Used{static_cast<std::uint16_t>(memory_.get(slot, 4)),
                static_cast<std::uint32_t>(memory_.get(slot + 4, 4))};
  }

  Cycles now{0};

 private:
  void descriptor(std::uint64_t table, std::size_t index, const Buffer& b, bool more,
                  std::size_t next) {
    const std::uint64_t at = table + 16 * index;
    memory_.put(at, 8, b.at);
    memory_.put(at + 8, 4, b.bytes);
    memory_.put(at + 12, 2, (more ? 1u : 0u) | (b.device_writes ? 2u : 0u));
    memory_.put(at + 14, 2, next);
  }

  machine::MmioTransport& registers_;
  FlatMemory& memory_;
  std::uint16_t size_;
  std::uint32_t number_;
  std::uint64_t base_;
  std::uint16_t available_ = 0, used_ = 0;
  std::uint32_t next_ = 0;  // descriptor
  bool event_index_ = false;
};

}  // namespace machine::test
