// Configuration as data. Keys are sorted, so equal values print equally: the canonical form.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace config {

using SortedJson = nlohmann::json;

}  // namespace config
