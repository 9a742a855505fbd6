// A small seeded generator, the same on every host (xorshift64*).
#pragma once

#include <cstdint>

namespace test {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_{(seed + 1) * 0x9e3779b97f4a7c15} {}

  std::uint64_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545f4914f6cdd1d;
  }
  /// 0 .. n - 1. Requires: n > 0.
  std::uint32_t below(std::uint32_t n) {
    return static_cast<std::uint32_t>((next() >> 32) * n >> 32);
  }
  bool one_in(std::uint32_t n) { return below(n) == 0; }

 private:
  std::uint64_t state_;
};

}  // namespace test
