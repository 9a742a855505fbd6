#include "common/json.hpp"

#include <nlohmann/json.hpp>

namespace common {

std::string json_text(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

std::string text_of(const Json& json, const char* key, const std::string& otherwise) {
  const auto found = json.is_object() ? json.find(key) : json.end();
  return found != json.end() && found->is_string() ? found->get<std::string>() : otherwise;
}

std::uint64_t number_of(const Json& json, const char* key, std::uint64_t otherwise) {
  const auto found = json.is_object() ? json.find(key) : json.end();
  return found != json.end() && found->is_number_unsigned() ? found->get<std::uint64_t>()
                                                            : otherwise;
}

}  // namespace common
