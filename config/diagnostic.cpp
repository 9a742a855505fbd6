#include "config/diagnostic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <utility>

namespace config {
namespace {

// What a terminal would act upon is not for a message.
std::string plain(std::string text) {
  for (char& c : text) {
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) c = '?';
  }
  return text;
}

// The part of a line that is shown, around a column that it has (from 1; 0: none).
struct Excerpt {
  std::string text;
  std::size_t column = 0;
};

Excerpt excerpt(const std::string& line, std::size_t column) {
  constexpr std::size_t kWidest = 160, kBefore = 60;
  if (line.size() <= kWidest) return {line, column};
  const std::size_t from = column > kBefore ? std::min(column - kBefore, line.size()) : 0;
  const std::string left = from > 0 ? "... " : "";
  const std::string right = from + kWidest < line.size() ? " ..." : "";
  return {left + line.substr(from, kWidest) + right, column == 0 ? 0 : column - from + left.size()};
}

std::string bounded(std::string text) {
  constexpr std::size_t kLongest = 1000;
  if (text.size() > kLongest) text.replace(kLongest, std::string::npos, " ...");
  return text;
}

std::string line_of(const std::string& source, std::uint32_t number) {
  std::istringstream lines{source};
  std::string line;
  for (std::uint32_t i = 0; i < number; ++i) {
    if (!std::getline(lines, line)) return {};
  }
  while (!line.empty() && line.back() == '\r') line.pop_back();
  return plain(std::move(line));
}

}  // namespace

bool is_printable(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if ((lead < 0x20 && lead != '\t' && lead != '\n') || lead == 0x7f) return false;
    const std::size_t more = lead < 0x80   ? 0
                             : lead < 0xc2 ? 9
                             : lead < 0xe0 ? 1
                             : lead < 0xf0 ? 2
                             : lead < 0xf5 ? 3
                                           : 9;
    if (i + more >= text.size()) return false;
    std::uint32_t point = more == 0 ? lead : lead & (0x3fU >> more);
    for (std::size_t k = 1; k <= more; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xc0) != 0x80) return false;
      point = point << 6 | (next & 0x3f);
    }
    const bool overlong = (more == 2 && point < 0x800) || (more == 3 && point < 0x10000);
    if (overlong || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return false;
    i += more + 1;
  }
  return true;
}

std::string render(const Diagnostic& d, const std::string& source) {
  std::string text = d.where;
  if (d.place.line != 0) text += fmt::format(":{}", d.place.line);
  if (d.place.column != 0) text += fmt::format(":{}", d.place.column);
  text += ": error: ";
  if (!d.path.empty()) text += bounded(d.path) + ": ";
  text = plain(text + bounded(d.what));
  const std::string line = d.place.line == 0 ? "" : line_of(source, d.place.line);
  if (line.empty()) return text;
  const bool has_column = d.place.column != 0 && d.place.column <= line.size() + 1;
  const Excerpt shown = excerpt(line, has_column ? d.place.column : 0);
  text += fmt::format("\n{:5} | {}", d.place.line, shown.text);
  if (!has_column) return text;
  std::string indent = shown.text.substr(0, shown.column - 1);
  for (char& c : indent) {
    if (c != '\t') c = ' ';
  }
  return text + "\n      | " + indent +
         std::string(std::clamp<std::size_t>(d.place.length, 1, 100), '^');
}

}  // namespace config
