#include "config/schema/parse_json.hpp"

#include <fmt/format.h>

namespace config {

std::string json_bounds(std::string_view text) {
  std::size_t depth = 0, values = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_text) {
      if (c == '\\') ++i;
      in_text = c != '"';
      continue;
    }
    in_text = c == '"';
    if (c == ',' || c == '[' || c == '{') ++values;
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && depth > 0) --depth;
    if (depth > kDeepestJson)
      return fmt::format("is nested more than {} levels deep at byte {}", kDeepestJson, i);
    if (values > kMostJsonValues) return fmt::format("has more than {} values", kMostJsonValues);
  }
  return {};
}

}  // namespace config
