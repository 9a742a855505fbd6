// What Capstone 4.0.2 has right: its MIPS64 mode knows later architectures, not MIPS IV.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cpu/isa/decode.hpp"
#include "cpu/isa/names.hpp"

namespace cpu::test {

/// Words of some rows that Capstone is not asked about.
struct CapstoneWrong {
  std::string_view
      rows;  // mnemonics between spaces; one that ends in a dot stands for all that begin so
  bool (*covers)(std::uint32_t word);
  std::string_view why;
};

inline bool every_word(std::uint32_t) { return true; }
inline bool has_condition_code(std::uint32_t word) { return (word & 0x700) != 0; }
inline bool has_rs_8(std::uint32_t word) { return (word >> 21 & 31) == 8; }

inline constexpr CapstoneWrong kCapstoneWrong[] = {
    {" recip.s recip.d rsqrt.s rsqrt.d prefx ", every_word, "unknown to it"},
    {" mfps mfpc mtps mtpc ", every_word,
     "register 25's moves are mfc0 and mtc0 to it, or unknown"},
    {" lwc2 ldc2 swc2 sdc2 ", every_word, "another vendor's branches on bits to it"},
    {" cop2 ", every_word, "one row here, the moves and branches of a unit there"},
    {" c. ", has_condition_code,
     "comparisons with a condition code other than 0 are unknown to it"},
    {" lwxc1 swxc1 madd.s msub.s nmadd.s nmsub.s ", has_rs_8,
     "field 25:21 = 8 of COP1X is MIPS III's branch on unit 3 to it"},
};

inline bool names_row(const CapstoneWrong& wrong, std::string_view mnemonic) {
  const std::string all = " " + std::string{mnemonic} + " ";
  const std::string family = " " + std::string{mnemonic.substr(0, mnemonic.find('.') + 1)} + " ";
  return wrong.rows.find(all) != std::string_view::npos ||
         (family != "  " && wrong.rows.find(family) != std::string_view::npos);
}

inline bool is_wrong_in_capstone(Insn insn, std::uint32_t word) {
  for (const CapstoneWrong& wrong : kCapstoneWrong) {
    if (wrong.covers(word) && names_row(wrong, mnemonic_of(insn))) return true;
  }
  return false;
}

/// Capstone's other names for some words of a row.
inline bool is_capstone_alias(std::string_view row, std::string_view theirs) {
  constexpr std::
      string_view kAliases[]
                          [2] = {
                              {"beq", "beqz"},   {"beq", "b"},
                              {"bne", "bnez"},   {"bgezal", "bal"},
                              {"or", "move"},    {"addu", "move"},
                              {"daddu", "move"}, {"nor", "not"},
                              {"sub", "neg"},    {"subu", "negu"},
                              {"sll", "nop"},    {"sll", "ssnop"},
                              {"sll", "ehb"},    {"sll", "pause"},
                              {"jalr", "jr"},  // MIPS32 R6 has jr only as a jalr that does not link
                          };
  for (const auto& [name, alias] : kAliases) {
    if (row == name && theirs == alias) return true;
  }
  return false;
}

}  // namespace cpu::test
