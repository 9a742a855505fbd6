// A strict reader of CSV, written from RFC 4180 (LF or CRLF between records), to judge what the
// program writes with.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace test {

using Records = std::vector<std::vector<std::string>>;

/// Nothing if the text is no CSV, or its last record has no line end.
inline std::optional<Records> read_csv(std::string_view text) {
  Records records = {{""}};
  bool quoted = false, closed = false;  // within quotes; behind the closing one
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    std::string& field = records.back().back();
    if (quoted) {
      if (c != '"') {
        field += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        field += text[++i];
      } else {
        quoted = false, closed = true;
      }
    } else if (c == ',') {
      records.back().emplace_back();
      closed = false;
    } else if (c == '\n' || (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n')) {
      i += c == '\r' ? 1 : 0;
      records.push_back({""});
      closed = false;
    } else if (closed || c == '\r' || (c == '"' && !field.empty())) {
      return std::nullopt;
    } else if (c == '"') {
      quoted = true;
    } else {
      field += c;
    }
  }
  if (quoted || records.back() != std::vector<std::string>{""}) return std::nullopt;
  records.pop_back();
  return records;
}

}  // namespace test
