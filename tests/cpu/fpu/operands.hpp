// Operands drawn from the places where floating-point arithmetic goes wrong.
#pragma once

#include <cstdint>
#include <random>

#include "tests/cpu/fpu/operation.hpp"

namespace fpu_judge {

using Random = std::mt19937_64;

/// Fills as many of values[] (fs, ft, fr) as the operation has.
void draw_operands(const Operation& op, Random& random, std::uint64_t values[3]);

}  // namespace fpu_judge
