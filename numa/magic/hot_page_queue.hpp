// Pages of one node that reached a threshold of MAGIC's counters, until a processor takes them.
// docs/numa.md describes the entries and the registers.
#pragma once

#include <array>
#include <cstdint>

#include "common/state.hpp"
#include "numa/address_map.hpp"
#include "numa/magic/magic_pi.hpp"

namespace numa {

/// Which threshold a page reached.
enum class HotReason : std::uint8_t { kRemote = 1, kLocal = 2, kWrite = 3 };

struct HotPage {
  MachineAddr page;  // its first byte
  NodeId node{};     // whose count reached the threshold
  HotReason reason{};

  /// As software reads it: never 0.
  std::uint64_t encode() const {
    return page.bits() | std::uint64_t{index_of(node)} << 4 |
           std::uint64_t{static_cast<std::uint8_t>(reason)} << 1 | 1;
  }
};

class HotPageQueue {
 public:
  static constexpr std::uint32_t kSize = 256;

  /// `line` pends while enough entries wait.
  explicit HotPageQueue(SourceLine line) : line_{line} {}

  /// False, and counted as lost, if the queue is full.
  bool add(const HotPage& page);
  /// The oldest entry, encoded; 0 if there is none.
  std::uint64_t oldest() const { return count_ == 0 ? 0 : entries_[first_]; }
  /// The same, removed.
  std::uint64_t take();
  void clear();

  std::uint32_t count() const { return count_; }
  std::uint64_t lost() const { return lost_; }
  void set_lost(std::uint64_t lost) { lost_ = lost; }
  /// How many entries make the interrupt pend; 0: it never does. More than kSize means kSize.
  std::uint64_t interrupt_at() const { return interrupt_at_; }
  void set_interrupt_at(std::uint64_t entries);

  void visit(StateVisitor& v);

 private:
  void drive_line();

  SourceLine line_;
  std::array<std::uint64_t, kSize> entries_{};  // a ring; 0 outside of it
  std::uint32_t first_ = 0, count_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t interrupt_at_ = 1;
};

}  // namespace numa
