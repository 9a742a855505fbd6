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

}  // namespace test
