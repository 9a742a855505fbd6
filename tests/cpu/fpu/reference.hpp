// The answer to a floating-point instruction, from MPFR and docs/cpu-fpu.md alone: nothing of cpu/
// is used. Numbers are computed with unlimited exponents first, which shows overflow and tininess,
// and then put into the format.
#pragma once

#include <cstdint>

#include "tests/cpu/fpu/operation.hpp"

namespace fpu_judge {

enum Cause : unsigned { kI = 1, kU = 2, kO = 4, kZ = 8, kV = 16, kE = 32 };

struct Setting {
  Mode mode = kNearest;
  bool flush = false;      // FCSR.FS
  unsigned enables = 0;    // by Cause
  bool completes = false;  // machine.cpu.fp_unimplemented = "complete"
};

struct Answer {
  std::uint64_t value = 0;  // the result's bits, or 1 and 0 for a comparison
  unsigned causes = 0;
  // For the statistics.
  bool is_tie = false, was_flushed = false, was_tiny = false;
};

/// operands: fs, ft, fr as far as the operation has them.
Answer answer_of(const Operation& op, const std::uint64_t operands[3], const Setting& setting);

bool is_nan(FormatLetter format, std::uint64_t bits);
bool is_signalling(FormatLetter format, std::uint64_t bits);
bool is_subnormal(FormatLetter format, std::uint64_t bits);

}  // namespace fpu_judge
