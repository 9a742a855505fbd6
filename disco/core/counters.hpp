// What the monitor counts: one 64-bit word per row of disco/counters.def, one block per CPU, at a
// fixed place in the per-CPU page so that the host finds it and the assembly paths reach it from
// $0.
#pragma once

#include <cstdint>

namespace disco {

struct Counters {
#define COUNTER(name, unit, sentence) std::uint64_t name = 0;
#include "disco/counters.def"
#undef COUNTER
};

/// Rows of counters.def.
inline constexpr unsigned kCounterCount = sizeof(Counters) / sizeof(std::uint64_t);

}  // namespace disco
