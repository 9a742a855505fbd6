// Numbers with units, as experiment files and the command line write them: "128MB", "400MHz",
// "20us", "2Ginsn". A quantity without its unit is an error: a bare 64 has meant kilobytes to
// somebody.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/result.hpp"

namespace config {
using namespace common;

enum class Unit : std::uint8_t {
  kNone,           // a plain number
  kBytes,          // B, KB, MB, GB (and KiB ...): powers of 1024
  kHertz,          // Hz, kHz, MHz, GHz: powers of 1000
  kNanoseconds,    // ns, us, ms, s, min, h
  kPicoseconds,    // ps, ns, us
  kBitsPerSecond,  // bit/s, kbit/s, Mbit/s, Gbit/s: powers of 1000
  kInstructions,   // insn, Kinsn, Minsn, Ginsn: powers of 1000
  kCycles,         // cycles, Kcycles, Mcycles, Gcycles
};

/// "64MB", "400MHz": what a message offers as an example.
std::string_view example_of(Unit unit);
/// "bytes", "Hz", "ns", "ps", "instructions", "cycles", "" for reports.
std::string_view name_of(Unit unit);

/// The quantity in the base unit (bytes, Hz, ns ...). The failure is one clause without the text
/// itself: `needs a unit (for example "64MB")`.
Result<std::uint64_t, std::string> parse_quantity(std::string_view text, Unit unit);

/// The shortest text that parse_quantity() reads back to the same value: 67108864 -> "64MB".
std::string format_quantity(std::uint64_t value, Unit unit);

}  // namespace config
