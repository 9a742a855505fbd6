// Visits every state that a small machine can reach, breadth first, and judges each one; then asks
// whether each can come to rest by deliveries alone (no deadlock, no endless chase).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/numa/coherence/world.hpp"

namespace test {

struct Exploration {
  std::uint64_t states = 0;
  std::uint64_t steps = 0;
  std::uint64_t quiet_states = 0;
  std::uint64_t most_messages = 0;
  unsigned depth = 0;
  bool complete = false;          // false: stopped at the limit or at a failure
  std::string failure;            // empty: nothing wrong was found
  std::vector<std::string> path;  // steps that lead to the failure
};

/// `limit`: stop, incomplete, after so many states.
Exploration explore(const WorldShape& shape, const Tables& tables, std::uint64_t limit);

/// How many pairs of states of one line could be a state of two, if lines shared nothing but that a
/// CPU makes one access at a time, counted up to the names of the caches: a bound for what
/// explore() would visit. No ports.
std::uint64_t bound_for_two_lines(unsigned caches, const Tables& tables);

/// What there is of a state of two lines is a state of each of them: invariants speak of one line,
/// so one line is enough to visit. Explores two lines up to `limit` states and says how many have a
/// half that the exploration of one line did not visit: none, if that is true.
struct Halves {
  Exploration of_two;
  std::uint64_t strange = 0;
};
Halves compare_halves(unsigned caches, const Tables& tables, std::uint64_t limit);

}  // namespace test
