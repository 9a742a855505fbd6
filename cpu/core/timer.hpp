// Count and Compare as functions of the clock: Count advances every second cycle, and the match is
// an instant that is known in advance. Raising IP7 is its owner's business.
#pragma once

#include <cstdint>

#include "common/state.hpp"

namespace cpu {
using namespace common;

class Timer {
 public:
  std::uint32_t count_at(std::uint64_t cycle) const {
    return static_cast<std::uint32_t>(cycle / 2 - count_base_);
  }
  /// The next cycle at which Count reaches Compare.
  std::uint64_t match() const { return match_; }

  /// Count is `count` at this cycle; set_match() must follow.
  void set_count(std::uint64_t cycle, std::uint32_t count) { count_base_ = cycle / 2 - count; }
  /// The match is at the first even cycle after `cycle` at which Count equals `compare`: a full
  /// turn later when they are equal already.
  void set_match(std::uint64_t cycle, std::uint32_t compare) {
    const std::uint32_t ticks = compare - count_at(cycle);
    match_ = 2 * (cycle / 2 + (ticks != 0 ? ticks : kTurn));
  }
  /// The match has been acted on: the next is a full turn of Count later.
  void pass_match() { match_ += 2 * kTurn; }

  void visit(StateVisitor& v) {
    v.field("count_base", count_base_);
    v.field("timer_at", match_);
  }

 private:
  static constexpr std::uint64_t kTurn = std::uint64_t{1} << 32;

  std::uint64_t count_base_ = 0;
  std::uint64_t match_ = 0;
};

}  // namespace cpu
