// A split virtqueue, from the device's side (virtio 1.2, section 2.7): the driver's available ring
// in, the used ring out, little-endian in RAM whatever the processors are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "common/address.hpp"
#include "common/state.hpp"
#include "machine/devices/ports.hpp"
#include "numa/address_map.hpp"

namespace machine {
using namespace common;

/// Feature bits that belong to the queue and the transport (virtio 1.2, section 6).
inline constexpr std::uint64_t kVirtioIndirect = std::uint64_t{1} << 28;
inline constexpr std::uint64_t kVirtioEventIndex = std::uint64_t{1} << 29;
inline constexpr std::uint64_t kVirtioVersion1 = std::uint64_t{1} << 32;

class Virtqueue {
 public:
  static constexpr std::uint16_t kMostDescriptors = 256;

  /// One request: the buffers that the driver filled, then those that it wants filled.
  class Chain {
   public:
    std::uint16_t head() const { return head_; }
    std::uint64_t readable() const { return readable_; }  // bytes
    std::uint64_t writable() const { return writable_; }
    /// Copies from the readable bytes at `offset` on; false if they are not there or not in RAM.
    bool read(DmaPort& dma, std::uint64_t offset, std::span<std::byte> out) const;
    /// Copies to the writable bytes at `offset` on.
    bool write(DmaPort& dma, std::uint64_t offset, std::span<const std::byte> in) const;
    void visit(StateVisitor& v);

   private:
    friend class Virtqueue;
    struct Segment {
      MachineAddr at{};
      std::uint32_t bytes = 0;
    };
    bool add(MachineAddr at, std::uint32_t bytes, bool writable);
    template <class Copy>
    static bool for_range(std::span<const Segment> segments, std::uint64_t offset,
                          std::uint64_t bytes, Copy copy);
    std::span<const Segment> readable_segments() const { return {segments_.data(), split_}; }
    std::span<const Segment> writable_segments() const {
      return std::span{segments_}.first(count_).subspan(split_);
    }

    std::array<Segment, kMostDescriptors> segments_{};
    std::uint16_t head_ = 0, split_ = 0, count_ = 0;
    std::uint64_t readable_ = 0, writable_ = 0;
  };

  /// What the driver tells the transport.
  struct Setup {
    std::uint16_t size = kMostDescriptors;  // a power of two
    bool ready = false;
    MachineAddr descriptors{}, driver{}, device{};
  };
  Setup setup;

  void reset();
  /// With the features that the driver accepted.
  void start(std::uint64_t features) { features_ = features; }

  enum class Next : std::uint8_t { kNone, kChain, kBroken };
  /// The next request that the driver made available. kBroken: it did what it must not.
  Next pop(DmaPort& dma, Chain& chain);
  /// Gives a request back, `written` bytes of its writable part filled. False if that broke.
  bool push(DmaPort& dma, std::uint16_t head, std::uint32_t written);
  /// Whether the driver wants an interrupt for what was pushed since the last call.
  bool wants_interrupt(DmaPort& dma);

  void visit(StateVisitor& v);

 private:
  struct Descriptor {
    MachineAddr at{};
    std::uint32_t bytes = 0;
    std::uint16_t flags = 0, next = 0;
  };
  bool has(std::uint64_t feature) const { return (features_ & feature) != 0; }
  static bool read_descriptor(DmaPort& dma, MachineAddr table, std::uint16_t index,
                              Descriptor& out);
  bool follow(DmaPort& dma, MachineAddr table, std::uint32_t size, std::uint16_t index,
              bool indirect, Chain& chain) const;
  bool ask_for_notification(DmaPort& dma);

  std::uint64_t features_ = 0;
  std::uint16_t next_available_ = 0, next_used_ = 0, signalled_used_ = 0;
};

}  // namespace machine
