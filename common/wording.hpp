// Numbers and words as people read them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace common {

/// 1234567 becomes "1,234,567".
std::string grouped(std::uint64_t value);
/// 41234567 becomes "41.2 M": three significant digits and a prefix.
std::string scaled(double value);
/// 1 point, 2 points.
std::string count_of(std::uint64_t n, const std::string& word);
/// Seconds as "0.12 s" or "2:05".
std::string duration(double seconds);
/// A message as one line of bounded length: control characters are escaped, the middle is left out.
std::string one_line(std::string_view text);

}  // namespace common
