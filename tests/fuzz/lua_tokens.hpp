// Mutations of programs: experiment files as lists of tokens. Nothing here knows Lua's grammar; it
// only cuts where a lexer would, so that what comes out is often still a program.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/random.hpp"

namespace fuzz {

/// Words, numbers, texts, comments, white space and single signs. Joined they are the text again.
std::vector<std::string> tokens_of(std::string_view text);
std::string joined(const std::vector<std::string>& tokens);

enum class Language : std::uint8_t { kLua, kJson };

/// One mutation; most leave a program that is one. `dictionary`: tokens to put in, from elsewhere.
void mutate_tokens(std::vector<std::string>& tokens, Random& random, Language language,
                   const std::vector<std::string>& dictionary);

}  // namespace fuzz
