// binutils' disassembler as an oracle, and one spelling for its text and ours.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.hpp"

namespace cpu::test {
using namespace common;

/// What `objdump -m mips:10000` says of each word; word i is at address 4 * i. Fails with what went
/// wrong.
Result<std::vector<std::string>, std::string> objdump(const std::vector<std::uint32_t>& words);

/// Whether that text says that the word is no instruction.
bool is_data(std::string_view objdump_text);

std::string first_word(std::string_view text);

/// Tokens without punctuation, numbers in decimal, registers without dollar signs, coprocessor 0
/// registers by number: the same for every disassembler.
std::string canonical(std::string_view text);

}  // namespace cpu::test
