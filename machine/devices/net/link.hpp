// The link between machines that are simulated together: full-duplex Ethernet, as IEEE 802.3 counts
// bytes on the wire. Each sender has a line of its own to all others, so nothing collides and
// nothing but the time and the order of sending decides when a frame arrives. Points in time are
// nanoseconds since power-on, which all machines of a link share, whatever their clocks.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "common/state.hpp"
#include "numa/clock.hpp"

namespace machine {
using namespace common;

/// Station addresses; the group bit of the first byte is bit 40 of the number.
struct MacAddress {
  std::array<std::uint8_t, 6> bytes{};
  bool operator==(const MacAddress&) const = default;
  /// Locally administered, of a machine's number.
  static constexpr MacAddress of_machine(std::uint32_t machine) {
    return {
        {2, 0, 0, 0, static_cast<std::uint8_t>(machine >> 8), static_cast<std::uint8_t>(machine)}};
  }
};

/// A frame from the destination address to the end of the data, without the check sequence.
struct Frame {
  static constexpr std::uint16_t kHeaderBytes = 14, kMtu = 1500, kMost = kHeaderBytes + kMtu;
  numa::Nanoseconds arrival = 0;  // of its last bit at the other ends
  std::uint16_t bytes = 0;        // kHeaderBytes .. kMost
  std::array<std::byte, kMost> data{};

  std::span<const std::byte> content() const { return std::span{data}.first(bytes); }
};

struct LinkTiming {
  std::uint64_t bits_per_second = 100'000'000;  // 1 Mbit/s .. 100 Gbit/s
  numa::Nanoseconds latency = 10'000;           // 1 us .. 1 s; from end to end, of each bit
  bool operator==(const LinkTiming&) const = default;

  /// How long the line carries a frame: preamble, padded frame, check sequence. Rounded up.
  constexpr numa::Nanoseconds frame_time(std::uint16_t bytes) const {
    return time_of(8 + std::max<std::uint64_t>(bytes, 60) + 4);
  }
  /// The line stays silent as long after each frame.
  constexpr numa::Nanoseconds gap() const { return time_of(12); }

 private:
  constexpr numa::Nanoseconds time_of(std::uint64_t bytes) const {
    return (bytes * 8 * 1'000'000'000 + bits_per_second - 1) / bits_per_second;
  }
};

/// Frames in order; room once taken is kept.
class FrameQueue {
 public:
  bool is_empty() const { return count_ == 0; }
  std::uint32_t size() const { return count_; }
  const Frame& front() const { return slots_[first_]; }
  void push(const Frame& frame);
  /// Behind all frames that arrive no later.
  void insert_by_arrival(const Frame& frame);
  void pop();
  void clear() { count_ = 0; }
  /// A restored queue holds at most `most` frames, each of a legal size.
  void visit(StateVisitor& v, std::uint32_t most);

 private:
  Frame& slot(std::uint32_t n) { return slots_[(first_ + n) % slots_.size()]; }

  std::vector<Frame> slots_;
  std::uint32_t first_ = 0, count_ = 0;
};

}  // namespace machine
