// The one way from text to JSON: what others wrote may be long, deep and wide, and both the parser
// and whoever copies a value afterwards go down into it by recursion.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "common/result.hpp"
#include "config/schema/refusal.hpp"

namespace config {
using namespace common;

inline constexpr std::size_t kDeepestJson = 64;  // nothing of ours is deeper than 20
inline constexpr std::size_t kMostJsonValues = 5'000'000;

/// Why a text is not even looked at: nesting and number of values. One clause, empty if it may be
/// parsed. It need not be JSON.
std::string json_bounds(std::string_view text);

/// `J` is an nlohmann::basic_json. The failure is one clause.
template <class J>
Result<J, Refusal> parse_json(std::string_view text) {
  if (std::string why = json_bounds(text); !why.empty())
    return Failure{Refusal{Refusal::Why::kRange, std::move(why)}};
  J json = J::parse(text.begin(), text.end(), nullptr, false);
  if (json.is_discarded())
    return Failure{Refusal{Refusal::Why::kForm, "is not JSON (was it cut off?)"}};
  return json;
}

}  // namespace config
