#include "lab/points/limits.hpp"

#include <sstream>

#include "config/schema/quantity.hpp"

namespace lab {
namespace {

using config::Unit;

Error bad_limit(const std::string& text) {
  return {ErrorCode::kUsage, "--limit " + text, "is not a limit",
          "instructions \"2Ginsn\", simulated cycles \"500Mcycles\" or host time \"10min\""};
}

}  // namespace

Result<Limits, Error> parse_limits(const std::string& text) {
  Limits limits;
  std::istringstream parts{text};
  for (std::string part; std::getline(parts, part, ',');) {
    if (const auto n = config::parse_quantity(part, Unit::kInstructions)) {
      limits.guest.instructions = *n;
    } else if (const auto cycles = config::parse_quantity(part, Unit::kCycles)) {
      limits.guest.cycles = Cycles{*cycles};
    } else if (const auto time = config::parse_quantity(part, Unit::kNanoseconds)) {
      limits.host_seconds = static_cast<double>(*time) * 1e-9;
    } else {
      return Failure{bad_limit(part)};
    }
  }
  if (limits.guest.instructions == 0 || limits.guest.cycles == Cycles{} || limits.host_seconds == 0)
    return Failure{bad_limit(text)};
  return limits;
}

}  // namespace lab
