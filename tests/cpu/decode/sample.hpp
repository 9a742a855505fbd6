// Which words the decode judge asks about: dense where encodings differ, random in their fields.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/cpu/isa_words.hpp"

namespace cpu::test {

/// Every row of the table, `each` times, with random fields.
inline void add_rows(std::vector<std::uint32_t>& words, int each, Random& random) {
  for (const Insn insn : instructions()) {
    for (int i = 0; i < each; ++i) words.push_back(random_word_of(row_of(insn), random));
  }
}

/// Every row with random fields and each of its 32 bits turned over: fields that must be zero,
/// opcodes next door.
inline void add_neighbours(std::vector<std::uint32_t>& words, int each, Random& random) {
  for (const Insn insn : instructions()) {
    for (int i = 0; i < each; ++i) {
      const std::uint32_t word = random_word_of(row_of(insn), random);
      for (int bit = 0; bit < 32; ++bit) words.push_back(word ^ 1u << bit);
    }
  }
}

/// Every major opcode with every function code (5:0) and every rs (25:21), and with every rs and rt
/// (20:16), which between them are all minor opcodes there are; the rest zero and random.
inline void add_opcode_space(std::vector<std::uint32_t>& words, std::uint32_t major,
                             Random& random) {
  const std::uint32_t opcode = major << 26;
  for (std::uint32_t function = 0; function < 64; ++function) {
    for (std::uint32_t rs = 0; rs < 32; ++rs) {
      const std::uint32_t word = opcode | rs << 21 | function;
      words.push_back(word);
      words.push_back(word | (random_word(random) & 0x001f'f800));  // sa is zero
      words.push_back(word | (random_word(random) & 0x0000'f800));  // and rt
      words.push_back(word | (random_word(random) & 0x001f'ffc0));
    }
  }
  for (std::uint32_t code = 0; code < 1024; ++code) {
    const std::uint32_t word = opcode | code << 16;
    words.push_back(word);
    words.push_back(word | (random_word(random) & 0xf800));
    words.push_back(word | (random_word(random) & 0x00ff));
    words.push_back(word | (random_word(random) & 0xffff));
  }
}

}  // namespace cpu::test
