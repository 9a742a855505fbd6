// What a number of a configuration counts. How numbers with units are written and read is the
// business of whoever shows them to people (config/schema/quantity.hpp).
#pragma once

#include <cstdint>

namespace common {

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

}  // namespace common
