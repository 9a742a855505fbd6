// What of Status, EntryHi and Config decides how addresses and instructions are understood, in the
// forms that fast tables are keyed by. Pure functions of registers, and the numbers that stand for
// their results.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "common/units.hpp"
#include "cpu/core/registers.hpp"
#include "mmu/translate.hpp"

namespace cpu {
using namespace common;

/// The mode in force: EXL and ERL make it kernel mode (R10000 UM 16.1).
constexpr Mode mode_of(std::uint64_t status) {
  if ((status & (status::kExl | status::kErl)) != 0) return Mode::kKernel;
  switch (status >> status::kKsuShift & 3) {
    case status::kKsuKernel: return Mode::kKernel;
    case status::kKsuSupervisor: return Mode::kSupervisor;
    default: return Mode::kUser;  // 3 is undefined: the least privilege
  }
}

constexpr Asid asid_of(const Registers& regs) {
  return Asid{static_cast<std::uint8_t>(regs.entry_hi)};
}

/// `mode` is mode_of(Status), which callers have at hand.
constexpr mmu::AddressSpace address_space_of(const Registers& regs, Mode mode) {
  return {.mode = mode,
          .kx = (regs.status & status::kKx) != 0,
          .sx = (regs.status & status::kSx) != 0,
          .ux = (regs.status & status::kUx) != 0,
          .erl = (regs.status & status::kErl) != 0,
          .asid = asid_of(regs),
          .kseg0_attribute = static_cast<std::uint8_t>(regs.config & 7)};
}

// ---- decoding

/// What besides the bytes decides how an instruction decodes: which coprocessors and instruction
/// sets Status enables, whether the code is instrumented, and whether the words of each doubleword
/// change places (reverse-endian user mode).
using DecodeContext = std::uint32_t;

inline constexpr DecodeContext kDecode64Bit = 1, kDecodeCp0 = 2, kDecodeCp1 = 4, kDecodeCp2 = 8,
                               kDecodeMipsIv = 16, kDecodeFr = 32, kDecodeInstrumented = 64,
                               kDecodeReversed = 128;
/// This bit is a page's, not Status's: every instruction is fetched from memory.
inline constexpr DecodeContext kDecodeUncached = 256;

/// From this bit on: the number of the virtual page whose marks are compiled into the code
/// (Observation::page_number()), a page's as well; 0: there are none.
inline constexpr unsigned kDecodeMarksShift = 16;

/// Code that may be reversed is instrumented: only that looks at the byte order.
constexpr DecodeContext decode_context_of(std::uint64_t status, Mode mode, bool is_instrumented) {
  const bool is_kernel = mode == Mode::kKernel;
  const bool is_user = mode == Mode::kUser;
  const bool is_wide = is_kernel || (status & (is_user ? status::kUx : status::kSx)) != 0;
  const bool is_reversed = is_user && (status & status::kRe) != 0;
  return (is_wide ? kDecode64Bit : 0) |
         (is_kernel || (status & status::kCu0) != 0 ? kDecodeCp0 : 0) |
         ((status & status::kCu1) != 0 ? kDecodeCp1 : 0) |
         ((status & status::kCu2) != 0 ? kDecodeCp2 : 0) |
         (!is_user || (status & status::kXx) != 0 ? kDecodeMipsIv : 0) |
         ((status & status::kFr) != 0 ? kDecodeFr : 0) |
         (is_instrumented || is_reversed ? kDecodeInstrumented : 0) |
         (is_reversed ? kDecodeReversed : 0);
}

// ---- translation

/// A context number fits between the alignment bits and the page number of a tag.
inline constexpr unsigned kContextShift = 3;
inline constexpr std::uint32_t kContexts = 1u << (12 - kContextShift);
/// Matches no entry of any table.
inline constexpr std::uint64_t kLinkedContext = std::uint64_t{kContexts - 1} << kContextShift;

/// Gives every combination of mode, ASID, address-size bits and ERL a small number, so that neither
/// a mode change nor an ASID change costs more than a look-up.
///
/// Invariant: until has_begun_anew() two equal combinations have the same number, and different
/// ones have different numbers, none of which is kLinkedContext.
class ContextNumbers {
 public:
  ContextNumbers() : numbers_(kKeys, 0) {}

  struct Number {
    std::uint64_t shifted = 0;  // as tags have it
    /// The numbers were used up and count from 1 again: whoever keeps one must forget it.
    bool has_begun_anew = false;
  };
  Number number_of(const Registers& regs, Mode mode) {
    const std::uint64_t key = (regs.entry_hi & entry_hi::kAsid) | (regs.status >> 5 & 7) << 8 |
                              ((regs.status & status::kErl) != 0 ? 1u << 11 : 0u) |
                              static_cast<std::uint64_t>(mode) << 12;
    const bool has_begun_anew = numbers_[key] == 0 && give(key);
    return {std::uint64_t{numbers_[key]} << kContextShift, has_begun_anew};
  }

 private:
  /// Gives the combination its number; returns whether they have begun anew.
  bool give(std::uint64_t key);

  static constexpr std::size_t kKeys = 1u << 14;
  std::vector<std::uint16_t> numbers_;  // by key; 0: none yet
  std::uint16_t next_ = 1;
};

}  // namespace cpu
