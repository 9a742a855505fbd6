// --limit: when to stop a run that does not end by itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/error.hpp"
#include "common/result.hpp"
#include "machine/machine.hpp"

namespace lab {
using namespace common;

struct Limits {
  machine::RunLimits guest;            // of simulated things: exact and reproducible
  std::optional<double> host_seconds;  // of the host's time: stops somewhere
};

/// "2Ginsn", "500Mcycles" or host time "10min"; several, separated by commas.
Result<Limits, Error> parse_limits(const std::string& text);

}  // namespace lab
