#include "tests/fuzz/json_nesting.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <iterator>

namespace fuzz {
namespace {

bool is_value(const std::string& token) {
  const auto first = static_cast<unsigned char>(token.empty() ? ' ' : token[0]);
  return std::isalnum(first) != 0 || first == '"' || first == '-';
}

std::string repeated(const std::string& piece, std::size_t times) {
  std::string text;
  text.reserve(piece.size() * times);
  for (std::size_t i = 0; i < times; ++i) text += piece;
  return text;
}

}  // namespace

void nest(std::vector<std::string>& tokens, Random& random) {
  static constexpr std::size_t kLevels[] = {1,  2,  8,   40,    60,     62,     63,
                                            64, 65, 100, 1'000, 10'000, 50'000, 200'000};
  static constexpr struct {
    const char *open, *close;
  } kWraps[] = {{"[", "]"}, {"{\"a\":", "}"}, {"[{\"value\":", "}]"}, {"[0,", "]"}};
  std::vector<std::size_t> values;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (is_value(tokens[i])) values.push_back(i);
  }
  if (values.empty()) return;
  std::string& value = tokens[random.pick(values)];
  const auto& wrap = random.pick(kWraps);
  // A value that was made wide before is not made wide again.
  constexpr std::size_t kLongest = 3 << 19, kLongestWrap = 16;
  const std::size_t levels =
      std::min(random.pick(kLevels), kLongest / (value.size() + kLongestWrap));
  switch (random.below(6)) {
    case 0: value = repeated(wrap.open, levels) + value; return;                // never closed
    case 1: value = value + repeated(wrap.close, levels); return;               // never opened
    case 2: value = "[" + repeated(value + ",", levels) + value + "]"; return;  // wide
    default: value = repeated(wrap.open, levels) + value + repeated(wrap.close, levels); return;
  }
}

}  // namespace fuzz
