// Configuration as data. Keys are sorted, so equal values print equally: the canonical form.
#pragma once

#include <nlohmann/json.hpp>

namespace config {

using Json = nlohmann::json;

}  // namespace config
