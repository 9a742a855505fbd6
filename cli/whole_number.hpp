// Numbers on the command line. CLI11 takes them as strtoull does: "-1" is the largest number, "010"
// is eight, and what is too large is cut off.
#pragma once

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdint>
#include <string>

#include "config/schema/largest_seed.hpp"

namespace cli {

using config::kLargestSeed;

/// Decimal digits only, and no more than `most`.
inline CLI::Validator whole_number(std::uint64_t most) {
  return CLI::Validator{[most](const std::string& text) -> std::string {
                          std::uint64_t value = 0;
                          const char* const end = text.data() + text.size();
                          const auto [at, error] = std::from_chars(text.data(), end, value);
                          const bool octal = text.size() > 1 && text[0] == '0';
                          if (error == std::errc{} && at == end && !octal && value <= most)
                            return {};
                          return "\"" + text + "\" is not a number that it takes (0 to " +
                                 std::to_string(most) + ")";
                        },
                        ""};
}

}  // namespace cli
