// Cycles and nanoseconds of a machine whose clock runs at a fixed rate.
#pragma once

#include <cstdint>

#include "common/units.hpp"

namespace numa {
using namespace common;

/// A time span or point in nanoseconds.
using Nanoseconds = std::uint64_t;

class Clock {
 public:
  /// Requires: 1 MHz .. 4 GHz.
  explicit constexpr Clock(std::uint64_t hz) : hz_{hz} {}

  constexpr std::uint64_t hz() const { return hz_; }
  /// Rounded down. Whole seconds apart, so that the product fits 64 bits.
  constexpr Nanoseconds nanoseconds(Cycles at) const {
    return at.count() / hz_ * kPerSecond + at.count() % hz_ * kPerSecond / hz_;
  }
  /// The first cycle at or after a point in time; a span rounded up.
  constexpr Cycles cycles(Nanoseconds span) const {
    const std::uint64_t rest = span % kPerSecond * hz_;
    return Cycles{span / kPerSecond * hz_ + (rest + kPerSecond - 1) / kPerSecond};
  }

 private:
  static constexpr std::uint64_t kPerSecond = 1'000'000'000;
  std::uint64_t hz_;
};

}  // namespace numa
