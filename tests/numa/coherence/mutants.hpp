// Wrong tables: every row removed, every action of it left out, its next state replaced by every
// other one. A judge of the protocol is as good as the share of these that it refuses.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/numa/coherence/tables.hpp"

namespace test {

struct Mutant {
  std::string what;  // "cache: Shared x Store: goes to Invalid"
  std::function<void(Tables&)> apply;
};

std::vector<Mutant> all_mutants();

struct Verdict {
  std::string judge;    // which one refused it; empty: it survived
  std::string failure;  // what that judge said
};

enum class Effort : std::uint8_t {
  kQuick,
  kFull
};  // kFull: survivors also face 3 caches with a port

Verdict judge(const Mutant& mutant, Effort effort);

}  // namespace test
