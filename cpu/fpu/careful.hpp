// Every operation of the floating-point unit, for all operands, modes and settings. docs/cpu-fpu.md
// has the rules. usual.hpp answers the cases that matter for speed.
#pragma once

#include "cpu/fpu/format.hpp"
#include "cpu/fpu/status.hpp"

namespace cpu::fpu {

/// F is Single or Double.
template <class F>
Outcome binary(Binary op, std::uint64_t fs, std::uint64_t ft, Control control);
template <class F>
Outcome unary(Unary op, std::uint64_t fs, Control control);
template <class F>
Outcome multiply_add(MultiplyAdd op, std::uint64_t fs, std::uint64_t ft, std::uint64_t fr,
                     Control control);
/// Between two different formats, at most one of them fixed-point.
template <class To, class From>
Outcome convert(std::uint64_t fs, Rounding mode, Control control);
/// The value is 1 if the condition holds, else 0.
template <class F>
Outcome compare(Condition condition, std::uint64_t fs, std::uint64_t ft);

}  // namespace cpu::fpu
