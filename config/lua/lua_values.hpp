// From the tables of a Lua state to JSON, and everything in them that cannot be JSON. Runs no code
// of the file.
#pragma once

#include <lua.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "config/lua/lua_state.hpp"

namespace config {

class LuaValues {
 public:
  /// `made_by` is the registry's table of constructors' names.
  LuaValues(lua_State* lua, const LuaBudget& budget, const char* made_by)
      : lua_{lua}, budget_{budget}, made_by_{made_by} {}

  /// Reads the table {name, body} at a position of the stack. A Failure where it is too much of it.
  Result<LuaResult, LuaFailure> read(int index);

 private:
  static constexpr std::size_t kMostFailures = 50;

  struct Keys {
    lua_Integer length = 0;  // positions 1 .. length hold something
    std::vector<std::string> names;
  };

  SortedJson value(int index, const std::string& path, unsigned depth);
  SortedJson table(int index, const std::string& path, unsigned depth);
  std::optional<Keys> keys(int index, const std::string& path);
  std::string constructor(int index);
  SortedJson wrong(const std::string& path, const std::string& what);
  SortedJson too_much(const std::string& path, const std::string& what);
  bool has_room(std::size_t bytes);

  lua_State* lua_;
  const LuaBudget& budget_;
  const char* made_by_;
  std::size_t values_ = 0, bytes_ = 0;
  LuaFailures wrong_;
  std::optional<LuaFailure> end_;  // nothing more is read
};

}  // namespace config
