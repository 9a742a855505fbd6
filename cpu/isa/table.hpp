// mips4.def as data: one Row per instruction, in the order of the file, which is the order of Insn.
// Knows encodings, effects and costs; what an instruction does is in cpu/semantics/.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "cpu/isa/encoding.hpp"
#include "cpu/isa/timing.hpp"

namespace cpu {

/// What the engine must know about an instruction before it runs it. Two of these flags decide,
/// from Status alone, whether it may run at all; the order of the checks is in docs/cpu-isa.md.
namespace effects {
using Flags = std::uint32_t;
inline constexpr Flags kPure = 0;
inline constexpr Flags kMayFault = 1 << 0;      // can raise an exception when it runs
inline constexpr Flags kBranch = 1 << 1;        // conditional; the delay slot runs in any case
inline constexpr Flags kBranchLikely = 1 << 2;  // conditional; the delay slot runs only when taken
inline constexpr Flags kJump = 1 << 3;          // unconditional, with a delay slot
inline constexpr Flags k64Bit = 1 << 4;         // reserved unless 64-bit operations are enabled
inline constexpr Flags kCp0 = 1 << 5;           // needs kernel mode or Status.CU0
inline constexpr Flags kCp1 = 1 << 6;           // needs Status.CU1
inline constexpr Flags kCp2 = 1 << 7;           // needs Status.CU2
inline constexpr Flags kMipsIv = 1 << 8;        // reserved in user mode unless Status.XX is set
inline constexpr Flags kEndsBlock = 1 << 9;     // may change how what follows is fetched or decoded
inline constexpr Flags kRefines = 1 << 10;      // takes words from a row below it
inline constexpr Flags kReserved = 1 << 11;     // no instruction: takes what the rows above left
/// Unimplemented Operation unless 64-bit operations are enabled.
inline constexpr Flags kLongFormat = 1 << 12;
inline constexpr Flags kHasDelaySlot = kBranch | kBranchLikely | kJump;
}  // namespace effects

/// Names of the rows; the value is the row's index.
enum class Insn : std::uint16_t {
#define INSN(name, bits, operands, effects, cycles) name,
#include "cpu/isa/mips4.def"
#undef INSN
};

struct Row {
  std::string_view name;
  Pattern pattern;
  effects::Flags effects;
  CycleClass cycles;
};

namespace detail {
using namespace effects;
using enum CycleClass;
inline constexpr Row kRowArray[] = {
#define INSN(name, bits, operands, effects, cycles) {#name, parse_pattern(bits), effects, cycles},
#include "cpu/isa/mips4.def"
#undef INSN
};
}  // namespace detail

inline constexpr std::size_t kRowCount = std::size(detail::kRowArray);

constexpr const Row& row_of(Insn insn) { return detail::kRowArray[static_cast<std::size_t>(insn)]; }
constexpr Insn insn_at(std::size_t index) { return static_cast<Insn>(index); }
constexpr bool is_reserved(Insn insn) { return (row_of(insn).effects & effects::kReserved) != 0; }

/// Assembler's spelling: "and_" is "and", "c_eq_d" is "c.eq.d".
std::string mnemonic_of(Insn insn);

namespace detail {
constexpr bool rows_are_distinct() {
  for (std::size_t low = 0; low < kRowCount; ++low) {
    if (kRowArray[low].effects & kReserved) continue;
    for (std::size_t high = 0; high < low; ++high) {
      if (!overlap(kRowArray[high].pattern, kRowArray[low].pattern)) continue;
      if (!(kRowArray[high].effects & kRefines)) return false;
    }
  }
  return true;
}
static_assert(rows_are_distinct(), "two rows of mips4.def match the same word");
}  // namespace detail

}  // namespace cpu
