// The fuzzer's own numbers: the same from the same seed with every compiler and library.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fuzz {

/// splitmix64.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_{seed} {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  /// 0 .. n - 1; 0 for n = 0.
  std::size_t below(std::size_t n) { return n == 0 ? 0 : static_cast<std::size_t>(next() % n); }
  bool one_in(unsigned n) { return next() % n == 0; }
  template <class Range>
  auto& pick(Range& range) {
    return range[below(std::size(range))];
  }
  /// A stream of its own: what is drawn from it does not change what follows here.
  Random fork() { return Random{next()}; }

 private:
  std::uint64_t state_;
};

/// The stream of input number `index` of a run.
inline Random random_of(std::uint64_t seed, std::uint64_t index) {
  Random mixed{seed ^ 0x646973636f000000};
  return Random{mixed.next() + index * 0xd1342543de82ef95};
}

}  // namespace fuzz
