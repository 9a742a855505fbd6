// Litmus tests: short programs of a few CPUs, run under many schedules on the shipped protocol.
// What sequential consistency allows is found by trying every interleaving on a memory without
// caches.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/numa/coherence/flight.hpp"

namespace test {

struct LitmusStep {
  Op op{};
  std::uint32_t variable = 0;
  std::uint32_t value = 0;  // of stores; from 1
};

struct Litmus {
  std::string name;
  std::uint32_t variables = 2;
  std::vector<std::vector<LitmusStep>> cpus;
};

/// The classical tests (SB, MP, LB, IRIW, CoRR, 2+2W) and races around LL and SC.
std::vector<Litmus> all_litmus_tests();

/// What the steps gave, in order of CPU and step (loads: the value; store-conditionals: whether
/// they were done), then the final values of the variables: "0 1 | 2".
using LitmusOutcome = std::string;

std::set<LitmusOutcome> allowed_outcomes(const Litmus& litmus);

struct LitmusResult {
  std::map<LitmusOutcome, std::uint64_t> seen;  // and how often
  std::uint64_t messages = 0;
  std::string failure;  // of the flight's own judges
};

enum class Placement : std::uint8_t { kOwnLines, kOneLine };  // of the variables

/// kGoOn is for tables known to be wrong: the outcomes are to tell.
enum class OnFailure : std::uint8_t { kStop, kGoOn };

LitmusResult run_litmus(const Litmus& litmus, Placement placement, const Tables& tables,
                        OnFailure on_failure, std::uint64_t runs, std::uint64_t seed);

}  // namespace test
