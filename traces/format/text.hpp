// The plain-text parts of a trace, header and footer: lines of `key value` under a title line,
// closed by a checksum line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/error.hpp"
#include "common/result.hpp"

namespace traces {
using namespace common;

class TextLines {
 public:
  /// Requires: a key of printable ASCII without spaces; newlines and other control characters in
  /// the value become spaces.
  void add(std::string_view key, std::string_view value);
  void add(std::string_view key, std::uint64_t value);

  std::optional<std::string_view> find(std::string_view key) const;  // the first of that name
  std::optional<std::uint64_t> number(std::string_view key) const;   // decimal
  const std::vector<std::pair<std::string, std::string>>& all() const { return lines_; }

  /// `title` line, all lines, checksum line.
  std::string render(std::string_view title) const;
  /// Accepts exactly what render() makes. The error's `what` says which line is wrong.
  static Result<TextLines, Error> parse(std::string_view text, std::string_view title);

 private:
  std::vector<std::pair<std::string, std::string>> lines_;
};

/// Decimal digits only, within 64 bits.
std::optional<std::uint64_t> parse_number(std::string_view digits);

}  // namespace traces
