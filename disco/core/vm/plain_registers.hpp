// CP0 registers whose reading or writing has no side effect: what is written is stored under a
// mask, what is stored is read. The table is total: a register that is not in it has a case of its
// own in cp0_registers.cpp (R10000 UM 14).
#pragma once

#include <cstdint>

#include "disco/core/cp0.hpp"

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
  plain.reads = ~(1u << kCp0Random | 1u << kCp0Wired | 1u << kCp0Count | 1u << kCp0Cause);
  plain.writes = ~(1u << kCp0Wired | 1u << kCp0Count | 1u << kCp0EntryHi | 1u << kCp0Compare |
                   1u << kCp0Status | 1u << kCp0Cause);
  constexpr std::uint64_t kWord = 0xffffffff;
  plain.writable[kCp0Index] = 0x1ff;  // not the probe bit
  plain.writable[kCp0EntryLo0] = plain.writable[kCp0EntryLo1] = entry_lo::kWritable;
  plain.writable[kCp0Context] = kContextBase;
  plain.writable[kCp0PageMask] = kPageMaskWritable;
  plain.writable[kCp0Epc] = plain.writable[kCp0ErrorEpc] = ~std::uint64_t{0};
  plain.writable[kCp0Config] = 0x7;  // K0
  plain.writable[kCp0LlAddr] = kWord;
  plain.writable[kCp0WatchLo] = 0xfffffffb;
  plain.writable[kCp0WatchHi] = 0xff;
  plain.writable[kCp0XContext] = kXContextBase;
  plain.writable[kCp0Ecc] = 0x3ff;
  plain.writable[kCp0FrameMask] = 0xffff;
  plain.writable[kCp0BrDiag] = 0x30000;  // BPMode
  plain.writable[kCp0TagLo] = plain.writable[kCp0TagHi] = kWord;
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
