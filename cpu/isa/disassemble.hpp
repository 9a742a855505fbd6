// Instruction words as text, in GNU assembler's syntax with n64 register names and the manual's
// names for coprocessor 0. The table decides what is an instruction; Capstone prints those it
// prints rightly.
#pragma once

#include <cstdint>
#include <string>

#include "common/address.hpp"

namespace cpu {
using namespace common;

/// Not thread-safe; make one per thread.
class Disassembler {
 public:
  Disassembler();
  ~Disassembler();
  Disassembler(const Disassembler&) = delete;
  Disassembler& operator=(const Disassembler&) = delete;

  /// One line such as "lw $a0, 0x18($sp)" or "beqz $v0, 0xffffffff80100040". `pc` is the word's own
  /// address: branch targets are absolute. A word that is no instruction gives ".word 0x...".
  std::string text(std::uint32_t word, VirtAddr pc) const;

 private:
  std::string capstone_text(std::uint32_t word, VirtAddr pc) const;

  std::size_t handle_ = 0;  // Capstone's csh
};

}  // namespace cpu
