#include "config/lua/lua_values.hpp"

#include <lauxlib.h>
#include <lua.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "config/diagnostic.hpp"

namespace config {
namespace {

// The outermost table is {name, body}: paths begin in the body.
std::string below(const std::string& path, const std::string& key) {
  return path.empty() || path == "body" ? key : path + "." + key;
}

}  // namespace

Result<LuaResult, LuaFailure> LuaValues::read(int index) {
  LuaResult result{value(index, "", 0), {}};
  if (end_) return Failure{*end_};
  result.wrong = std::move(wrong_);
  return result;
}

SortedJson LuaValues::wrong(const std::string& path, const std::string& what) {
  if (wrong_.size() < kMostFailures) wrong_.push_back({0, what, path == "body" ? "" : path});
  return {};
}

SortedJson LuaValues::too_much(const std::string& path, const std::string& what) {
  if (!end_) end_ = LuaFailure{0, what, path == "body" ? "" : path};
  return {};
}

bool LuaValues::has_room(std::size_t bytes) {
  bytes_ += bytes;
  return bytes_ <= budget_.result;
}

SortedJson LuaValues::value(int index, const std::string& path, unsigned depth) {
  if (end_) return {};
  if (++values_ > budget_.values) return too_much("", "the experiment has too many values");
  switch (lua_type(lua_, index)) {
    case LUA_TBOOLEAN: return SortedJson(lua_toboolean(lua_, index) != 0);
    case LUA_TNUMBER:
      if (lua_isinteger(lua_, index) != 0)
        return SortedJson(std::int64_t{lua_tointeger(lua_, index)});
      if (!std::isfinite(lua_tonumber(lua_, index))) return wrong(path, "a number is not finite");
      return SortedJson(lua_tonumber(lua_, index));
    case LUA_TSTRING: {
      std::size_t size = 0;
      const char* text = lua_tolstring(lua_, index, &size);
      if (!has_room(size)) return too_much("", "the texts of the experiment are too long");
      if (!is_printable({text, size}))
        return wrong(path, "a text is not UTF-8 or has control characters");
      return SortedJson(std::string{text, size});
    }
    case LUA_TTABLE: return table(index, path, depth);
    default: break;
  }
  // One of the words without what it takes: `monitor = none`.
  const std::string word = constructor(index);
  return wrong(path, std::string{"a "} + luaL_typename(lua_, index) + " cannot be a value" +
                         (word.empty() ? "" : " (did you mean " + word + "?)"));
}

// Lua keeps them in an order that is chance: what is wrong is told in the order of positions and
// names, and told once for a table.
std::optional<LuaValues::Keys> LuaValues::keys(int index, const std::string& path) {
  Keys keys;
  const auto holds = [&](lua_Integer at) {
    const bool something = lua_rawgeti(lua_, index, at) != LUA_TNIL;
    lua_pop(lua_, 1);
    return something;
  };
  while (holds(keys.length + 1)) ++keys.length;
  bool odd = false, unreadable = false;
  lua_Integer beyond = 0;
  for (lua_pushnil(lua_); lua_next(lua_, index) != 0; lua_pop(lua_, 1)) {
    if (lua_isinteger(lua_, -2) != 0) {
      const lua_Integer at = lua_tointeger(lua_, -2);
      if (at >= 1 && at <= keys.length) continue;
      if (at >= 1 && (beyond == 0 || at < beyond)) beyond = at;
      odd = odd || at < 1;
      continue;
    }
    if (lua_type(lua_, -2) != LUA_TSTRING) {
      odd = true;
      continue;
    }
    std::size_t size = 0;
    const char* name = lua_tolstring(lua_, -2, &size);
    if (!has_room(size) || keys.names.size() > budget_.values) {
      too_much("", "the names of the experiment are too long");
      lua_pop(lua_, 2);
      return std::nullopt;
    }
    unreadable = unreadable || !is_printable({name, size});
    keys.names.emplace_back(name, size);
  }
  std::sort(keys.names.begin(), keys.names.end());
  std::string what;
  if (odd) {
    what = "a table has a key that is neither a name nor a position";
  } else if (unreadable) {
    what = "a key is not UTF-8 or has control characters";
  } else if (beyond != 0) {
    what = "a list has a hole: it holds something at " + std::to_string(beyond) + ", nothing at " +
           std::to_string(keys.length + 1);
  } else if (keys.length > 0 && !keys.names.empty()) {
    what = "a table mixes a list with named keys (\"" + keys.names.front() + "\")";
  }
  if (what.empty()) return keys;
  wrong(path, what);
  return std::nullopt;
}

std::string LuaValues::constructor(int index) {
  lua_getfield(lua_, LUA_REGISTRYINDEX, made_by_);
  lua_pushvalue(lua_, index);
  const bool made = lua_rawget(lua_, -2) == LUA_TSTRING;
  std::string word = made ? lua_tostring(lua_, -1) : "";
  lua_pop(lua_, 2);
  return word;
}

SortedJson LuaValues::table(int index, const std::string& path, unsigned depth) {
  if (depth >= budget_.depth || lua_checkstack(lua_, 8) == 0)
    return too_much(path, "tables are nested too deeply (does one contain itself?)");
  const auto found = keys(index, path);
  if (!found) return {};
  SortedJson list = SortedJson::array();
  for (lua_Integer i = 1; i <= found->length && !end_; ++i) {
    lua_rawgeti(lua_, index, i);
    list.push_back(value(lua_gettop(lua_), below(path, std::to_string(i)), depth + 1));
    lua_pop(lua_, 1);
  }
  if (found->length > 0) return list;
  SortedJson object = SortedJson::object();
  for (const std::string& name : found->names) {
    if (end_) break;
    lua_pushlstring(lua_, name.data(), name.size());
    lua_rawget(lua_, index);
    object[name] = value(lua_gettop(lua_), below(path, name), depth + 1);
    lua_pop(lua_, 1);
  }
  if (const std::string word = constructor(index); !word.empty()) object[kConstructorKey] = word;
  return object;
}

}  // namespace config
