// JSON as the program writes it: keys in the order in which they were added. The type is only
// named here; who makes or reads values includes nlohmann/json.hpp.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace common {

using Json = nlohmann::ordered_json;

/// The value as text. File names and words of the command line need not be UTF-8: what is not
/// becomes U+FFFD. `indent` below zero: on one line.
std::string json_text(const Json& json, int indent = -1);

/// A member of a file that anybody may have edited: `otherwise` where there is none of this type.
std::string text_of(const Json& json, const char* key, const std::string& otherwise = "");
std::uint64_t number_of(const Json& json, const char* key, std::uint64_t otherwise = 0);

}  // namespace common
