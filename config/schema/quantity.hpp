// Numbers with units, as experiment files and the command line write them: "128MB", "400MHz",
// "20us", "2Ginsn". A quantity without its unit is an error: a bare 64 has meant kilobytes to
// somebody.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/result.hpp"
#include "common/unit.hpp"
#include "config/schema/refusal.hpp"

namespace config {
using namespace common;

/// "64MB", "400MHz": what a message offers as an example.
std::string_view example_of(Unit unit);
/// "bytes", "Hz", "ns", "ps", "instructions", "cycles", "" for reports.
std::string_view name_of(Unit unit);

/// The quantity in the base unit (bytes, Hz, ns ...). The failure is one clause without the text
/// itself: `needs a unit (for example "64MB")`.
Result<std::uint64_t, Refusal> parse_quantity(std::string_view text, Unit unit);

/// The shortest text that parse_quantity() reads back to the same value: 67108864 -> "64MB".
std::string format_quantity(std::uint64_t value, Unit unit);

}  // namespace config
