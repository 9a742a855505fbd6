#include "traces/format/text.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <charconv>

#include "common/check.hpp"

namespace traces {

namespace {

std::string hex16(std::uint64_t value) {
  std::string text(16, '0');
  for (std::size_t i = 16; i-- > 0; value >>= 4) text[i] = "0123456789abcdef"[value & 15];
  return text;
}

std::string checksum_line(std::string_view text) {
  return "xxh3 " + hex16(XXH3_64bits(text.data(), text.size())) + "\n";
}

Failure<Error> wrong(std::string what) {
  return Failure{
      Error{.code = ErrorCode::kInput, .where = "", .what = std::move(what), .remedy = ""}};
}

bool is_printable(char c) { return c >= 0x20 && c < 0x7f; }

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view digits) {
  std::uint64_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto [at, error] = std::from_chars(digits.data(), end, value);
  if (error != std::errc{} || at != end || digits.empty()) return std::nullopt;
  return value;
}

void TextLines::add(std::string_view key, std::string_view value) {
  CHECK(!key.empty() &&
        std::all_of(key.begin(), key.end(), [](char c) { return is_printable(c) && c != ' '; }));
  std::string clean{value};
  std::replace_if(
      clean.begin(), clean.end(), [](char c) { return !is_printable(c); }, ' ');
  lines_.emplace_back(key, std::move(clean));
}

void TextLines::add(std::string_view key, std::uint64_t value) { add(key, std::to_string(value)); }

std::optional<std::string_view> TextLines::find(std::string_view key) const {
  for (const auto& [name, value] : lines_) {
    if (name == key) return value;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> TextLines::number(std::string_view key) const {
  const auto value = find(key);
  return value ? parse_number(*value) : std::nullopt;
}

std::string TextLines::render(std::string_view title) const {
  std::string text{title};
  text += '\n';
  for (const auto& [key, value] : lines_) text += key + ' ' + value + '\n';
  return text + checksum_line(text);
}

Result<TextLines, Error> TextLines::parse(std::string_view text, std::string_view title) {
  // "xxh3 " and 16 digits and a newline
  constexpr std::size_t kChecksumBytes = 22;
  if (text.size() < kChecksumBytes) return wrong("the text is cut short");
  const std::string_view body = text.substr(0, text.size() - kChecksumBytes);
  if (checksum_line(body) != text.substr(body.size()))
    return wrong("the text's checksum does not match");
  TextLines lines;
  bool first = true;
  for (std::size_t at = 0; at < body.size(); first = false) {
    const std::size_t end = body.find('\n', at);
    if (end == std::string_view::npos) return wrong("the last line is not ended");
    const std::string_view line = body.substr(at, end - at);
    at = end + 1;
    if (!std::all_of(line.begin(), line.end(), is_printable)) return wrong("a line is not ASCII");
    if (first) {
      if (line != title)
        return wrong("it begins with '" + std::string{line} + "', not '" + std::string{title} +
                     "'");
      continue;
    }
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos || space == 0) return wrong("a line is not 'key value'");
    lines.lines_.emplace_back(line.substr(0, space), line.substr(space + 1));
  }
  if (first) return wrong("the text is empty");
  return lines;
}

}  // namespace traces
