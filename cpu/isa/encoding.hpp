// The encodings of mips4.def: a text of 32 bits becomes a mask and a value at compile time, and two
// encodings can be compared.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cpu {

/// An instruction word matches when (word & mask) == match.
struct Pattern {
  std::uint32_t mask = 0, match = 0;
  constexpr bool matches(std::uint32_t word) const { return (word & mask) == match; }
};

/// '0' and '1' are fixed bits, letters and '-' are fields, spaces are ignored. Anything but 32 bits
/// does not compile.
template <std::size_t N>
consteval Pattern parse_pattern(const char (&text)[N]) {
  Pattern p;
  int count = 0;
  for (std::size_t i = 0; i + 1 < N; ++i) {
    const char c = text[i];
    if (c == ' ') continue;
    const bool field = c == '-' || (c >= 'a' && c <= 'z');
    if (!field && c != '0' && c != '1') throw "an encoding is made of 0, 1, letters and -";
    p.mask = p.mask << 1 | (field ? 0u : 1u);
    p.match = p.match << 1 | (c == '1' ? 1u : 0u);
    ++count;
  }
  if (count != 32) throw "an encoding has 32 bits";
  return p;
}

/// Whether some word matches both.
constexpr bool overlap(Pattern a, Pattern b) {
  return (a.mask & b.mask & (a.match ^ b.match)) == 0;
}

}  // namespace cpu
