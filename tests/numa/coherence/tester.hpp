// Random accesses of many CPUs to few lines, messages delivered in random order.
#pragma once

#include <cstdint>
#include <string>

#include "tests/numa/coherence/flight.hpp"

namespace test {

struct TesterRun {
  FlightShape shape;
  std::uint64_t seed = 1;
  std::uint64_t accesses = 100'000;
  /// Of 256 steps, how many deliver a message if one is in flight; the others let a CPU access
  /// memory.
  std::uint32_t deliveries = 160;
  std::uint32_t uncached_one_in = 16;
  std::uint32_t replace_one_in = 32;
};

/// Empty, or what went wrong. `counters` is filled in either case.
std::string run_tester(const TesterRun& run, const Tables& tables, FlightCounters& counters);

}  // namespace test
