// How much of a run another engine than the interpreter has executed, and why not the rest.
#pragma once

#include <string>

#include "common/json.hpp"
#include "cpu/engine_counts.hpp"
#include "machine/machine.hpp"

namespace cli {

/// Of all processors together.
cpu::EngineCounts engine_counts(machine::Machine& machine);
/// "translated 99.2 % of 1234 instructions; interpreted: 0.5 % seldom executed, 0.3 % before a
/// limit".
std::string engine_words(const cpu::EngineCounts& counts);
common::Json engine_json(const cpu::EngineCounts& counts);

}  // namespace cli
