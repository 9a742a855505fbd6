// Runs a subject over many inputs and counts what became of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tests/fuzz/guard.hpp"
#include "tests/fuzz/subject.hpp"

namespace fuzz {

struct RunOptions {
  std::string subject;
  std::uint64_t runs = 2000;
  std::uint64_t seed = 1;
  std::optional<std::uint64_t> only;  // a single input of them
  unsigned mutations = ~0U;           // at most: to find out which one matters
  std::string dump;                   // where `only` is written; "" = nowhere
  std::string load;                   // a file to load in place of any
  unsigned classes = 20;              // printed of each kind
  Limits limits;
};

/// 0, or 1 if a promise was broken. Prints to standard output.
int run(const SubjectInfo& info, const RunOptions& options);

}  // namespace fuzz
