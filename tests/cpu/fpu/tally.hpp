// What the judge's cases were made of, and what must not be missing.
#pragma once

#include <array>
#include <cstdint>

#include "tests/cpu/fpu/reference.hpp"

namespace fpu_judge {

class Tally {
 public:
  void note(const Operation& op, const std::uint64_t operands[3], const Setting& setting,
            const Answer& answer, bool traps);
  static void print_head();
  void print(const Operation& op, std::uint64_t differences) const;
  /// Names what can occur with this operation and never did; returns how many.
  std::uint64_t print_gaps(const Operation& op) const;

 private:
  enum What : unsigned {
    kInvalid,
    kDivision,
    kOverflow,
    kUnderflow,
    kInexact,
    kUnimplemented,
    kTrapV,
    kTrapZ,
    kTrapO,
    kTrapU,
    kTrapI,
    kModeNearest,
    kModeZero,
    kModeUp,
    kModeDown,
    kSubnormalOperand,
    kSubnormalResult,
    kFlushed,
    kTie,
    kQuietNan,
    kSignallingNan,
    kNanResult,
    kExact,
    kHolds,
    kFails,
    kCount
  };
  static const std::array<const char*, kCount> kNames;
  static What mode_of(Mode mode) {
    return static_cast<What>(unsigned{kModeNearest} + static_cast<unsigned>(mode));
  }
  static bool can_occur(const Operation& op, What what);
  static bool can_cause(const Operation& op, Cause cause);

  std::array<std::uint64_t, kCount> counts_{};
};

}  // namespace fpu_judge
