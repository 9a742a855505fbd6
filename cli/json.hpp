// JSON as the verbs write it: keys in the order in which they were added.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace cli {

using Json = nlohmann::ordered_json;

/// As text. File names and words of the command line need not be UTF-8: what is not becomes U+FFFD.
inline std::string json_text(const Json& json, int indent = -1) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

/// A member of a file that anybody may have edited: `otherwise` where there is none of this type.
inline std::string text_of(const Json& json, const char* key, const std::string& otherwise = "") {
  const auto found = json.is_object() ? json.find(key) : json.end();
  return found != json.end() && found->is_string() ? found->get<std::string>() : otherwise;
}
inline std::uint64_t number_of(const Json& json, const char* key, std::uint64_t otherwise = 0) {
  const auto found = json.is_object() ? json.find(key) : json.end();
  return found != json.end() && found->is_number_unsigned() ? found->get<std::uint64_t>()
                                                            : otherwise;
}

}  // namespace cli
