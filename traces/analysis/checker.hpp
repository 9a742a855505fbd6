// Is a trace well formed? Beyond what reading already refuses (damage, impossible records), this
// checks what holds in every trace that a machine wrote: order of time, attempts followed by their
// exceptions, TLB indices in range, blocks and totals that agree.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "traces/reader.hpp"

namespace traces {

struct Problem {
  std::uint64_t block = 0;
  std::uint64_t instruction = 0;
  std::string what;
};

struct CheckReport {
  std::vector<Problem> problems;  // at most `limit`
  bool more_problems = false;
  std::vector<Error> damage;  // blocks that cannot be read, and a missing end
  std::uint64_t blocks_read = 0, instructions = 0, records = 0;

  bool is_clean() const { return problems.empty() && damage.empty(); }
};

/// Reads every block.
CheckReport check_trace(Reader& reader, std::size_t limit = 20);

}  // namespace traces
