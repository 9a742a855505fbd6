#include "config/lua/lua_version.hpp"

#include <lua.h>

namespace config {

std::string lua_version() {
  return LUA_VERSION_MAJOR "." LUA_VERSION_MINOR "." LUA_VERSION_RELEASE;
}

}  // namespace config
