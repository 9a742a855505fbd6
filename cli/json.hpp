// JSON as the verbs write it: keys in the order in which they were added.
#pragma once

#include <nlohmann/json.hpp>

namespace cli {

using Json = nlohmann::ordered_json;

}  // namespace cli
