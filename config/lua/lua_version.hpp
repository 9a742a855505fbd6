// Only config/ sees Lua's headers; manifests want to name the version.
#pragma once

#include <string>

namespace config {

/// "5.4.4".
std::string lua_version();

}  // namespace config
