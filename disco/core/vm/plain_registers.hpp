// CP0 registers whose reading or writing has no side effect: what is written is stored under a
// mask, what is stored is read. The table is total: a register that is not in it has a case of its
// own in cp0_registers.cpp (R10000 UM 14).
#pragma once

#include <cstdint>

#include "hardware/r10000/cp0.hpp"
#include "hardware/r10000/tlb.hpp"

namespace disco {

struct PlainRegisters {
  std::uint64_t writable[32] = {};  // bits that a write changes; the others keep their value
  std::uint32_t reads = 0;          // bit per register number: reading is plain
  std::uint32_t writes = 0;         // writing is
};

/// Watch holds what is written and does nothing; the performance counters and reserved numbers read
/// as zero and ignore writes, as a mask of 0 says, and so does CacheErr, which is read-only.
constexpr PlainRegisters make_plain_registers() {
  PlainRegisters plain;
  plain.reads = ~(1u << cp0::kRandom | 1u << cp0::kWired | 1u << cp0::kCount | 1u << cp0::kCause);
  plain.writes = ~(1u << cp0::kWired | 1u << cp0::kCount | 1u << cp0::kEntryHi |
                   1u << cp0::kCompare | 1u << cp0::kStatus | 1u << cp0::kCause);
  constexpr std::uint64_t kWord = 0xffffffff;
  plain.writable[cp0::kIndex] = kIndexEntry;  // not the probe bit
  plain.writable[cp0::kEntryLo0] = plain.writable[cp0::kEntryLo1] = entry_lo::kWritable;
  plain.writable[cp0::kContext] = kContextBase;
  plain.writable[cp0::kPageMask] = kPageMaskWritable;
  plain.writable[cp0::kEpc] = plain.writable[cp0::kErrorEpc] = ~std::uint64_t{0};
  plain.writable[cp0::kConfig] = kConfigK0;
  plain.writable[cp0::kLlAddr] = kWord;
  plain.writable[cp0::kWatchLo] = kWatchLoWritable;
  plain.writable[cp0::kWatchHi] = kWatchHiWritable;
  plain.writable[cp0::kXContext] = kXContextBase;
  plain.writable[cp0::kEcc] = kEccWritable;
  plain.writable[cp0::kFrameMask] = kFrameMaskWritable;
  plain.writable[cp0::kBrDiag] = kBrDiagWritable;
  plain.writable[cp0::kTagLo] = plain.writable[cp0::kTagHi] = kWord;
  return plain;
}
inline constexpr PlainRegisters kPlainRegisters = make_plain_registers();

constexpr bool is_plain_read(unsigned number) { return (kPlainRegisters.reads >> number & 1) != 0; }
constexpr bool is_plain_write(unsigned number) {
  return (kPlainRegisters.writes >> number & 1) != 0;
}
constexpr std::uint64_t plain_written(unsigned number, std::uint64_t old, std::uint64_t value) {
  const std::uint64_t mask = kPlainRegisters.writable[number];
  return (old & ~mask) | (value & mask);
}

}  // namespace disco
