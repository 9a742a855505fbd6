// Lua reports errors by longjmp, which skips destructors: no C++ object with one lives in a
// function that Lua calls, and every call that may raise goes through lua_pcall.
#include "config/lua_state.hpp"
#include "config/diagnostic.hpp"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include <cmath>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "common/check.hpp"
#include "config/lua_prelude.hpp"
#include "config/suggest.hpp"

namespace config {
namespace {

constexpr int kInstructionsPerHook = 1000;
constexpr const char* kMadeBy = "disco.made_by";
constexpr const char* kResult = "disco.result";
constexpr const char* kBudget = "disco.budget";
constexpr const char* kUnknown = "unknown name ";

int open_libraries(lua_State* lua) {
  luaL_requiref(lua, LUA_GNAME, luaopen_base, 1);
  luaL_requiref(lua, LUA_TABLIBNAME, luaopen_table, 1);
  luaL_requiref(lua, LUA_STRLIBNAME, luaopen_string, 1);
  luaL_requiref(lua, LUA_MATHLIBNAME, luaopen_math, 1);
  return 0;
}

// Kept in the registry: a state has no other place that a hook can reach.
void spend(lua_State* lua, lua_Integer instructions) {
  lua_getfield(lua, LUA_REGISTRYINDEX, kBudget);
  const lua_Integer left = lua_tointeger(lua, -1) - instructions;
  lua_pop(lua, 1);
  if (left < 0) {
    luaL_where(lua, 0);  // what runs now; in a hook nothing has called it
    lua_pushliteral(lua, "the file runs too long: its instruction budget is used up");
    lua_concat(lua, 2);
    lua_error(lua);
    return;
  }
  lua_pushinteger(lua, left);
  lua_setfield(lua, LUA_REGISTRYINDEX, kBudget);
}

void on_count(lua_State* lua, lua_Debug*) { spend(lua, kInstructionsPerHook); }

int charge(lua_State* lua) {
  spend(lua, luaL_checkinteger(lua, 1));
  return 0;
}

int on_unknown_name(lua_State* lua) {
  return luaL_error(lua, "%s\"%s\"", kUnknown, luaL_checkstring(lua, 2));
}

// Reading a global that does not exist is a typing error, not nil.
int guard_globals(lua_State* lua) {
  lua_pushglobaltable(lua);
  lua_createtable(lua, 0, 1);
  lua_pushcfunction(lua, on_unknown_name);
  lua_setfield(lua, -2, "__index");
  lua_setmetatable(lua, -2);
  return 0;
}

// The failure of a value, told by the table that holds it. The outermost is {name, body}.
LuaFailure within(const std::string& key, LuaFailure failure) {
  const bool outermost = key == "body" && !failure.path.empty();
  if (!outermost) failure.path = failure.path.empty() ? key : key + "." + failure.path;
  return failure;
}

// Lua quotes the text it could not read, whatever bytes that are.
void make_printable(std::string& message) {
  const bool is_text = is_printable(message);
  for (char& c : message) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !is_text)) c = '?';
  }
}

// "experiment:14: text" -> line 14, "text".
LuaFailure split_message(std::string message) {
  make_printable(message);
  const std::string_view prefix = "experiment:";
  if (!message.starts_with(prefix)) return {0, std::move(message)};
  char* end = nullptr;
  const unsigned long line = std::strtoul(message.c_str() + prefix.size(), &end, 10);
  if (end == nullptr || *end != ':') return {0, std::move(message)};
  std::string text{end + 1};
  if (text.starts_with(' ')) text.erase(0, 1);
  return {static_cast<std::uint32_t>(line), std::move(text)};
}

}  // namespace

LuaState::LuaState(std::uint64_t seed, const LuaBudget& budget)
    : memory_{0, budget.bytes, budget.traffic},
      budget_{budget},
      seed_{seed},
      lua_{lua_newstate(allocate, &memory_)} {
  CHECK(lua_ != nullptr);
}

LuaState::~LuaState() { lua_close(lua_); }

void* LuaState::allocate(void* memory, void* block, std::size_t old_size, std::size_t new_size) {
  auto& budget = *static_cast<Memory*>(memory);
  if (block == nullptr) old_size = 0;  // it then is the kind of the new object
  if (new_size == 0) {
    budget.used -= old_size;
    std::free(block);
    return nullptr;
  }
  if (new_size > old_size) {  // Lua relies on shrinking to succeed
    if (new_size - old_size > budget.limit - budget.used) return nullptr;
    if (new_size > budget.traffic_left) return nullptr;
    budget.traffic_left -= new_size;
  }
  void* const moved = std::realloc(block, new_size);
  if (moved != nullptr) budget.used += new_size - old_size;
  return moved;
}

Result<Nothing, LuaFailure> LuaState::call(int arguments, int results) {
  const int status = lua_pcall(lua_, arguments, results, 0);
  if (status == LUA_OK) return Nothing{};
  if (status == LUA_ERRMEM) return Failure{LuaFailure{0, "the file needs too much memory"}};
  if (lua_type(lua_, -1) != LUA_TSTRING)
    return Failure{LuaFailure{0, "error() was called without a text"}};
  return Failure{split_message(lua_tostring(lua_, -1))};
}

Result<Json, LuaFailure> LuaState::run(const std::string& text) {
  lua_pushcfunction(lua_, open_libraries);
  if (const auto opened = call(0, 0); !opened) return Failure{opened.error()};

  // The prelude gets the seed and the table that remembers constructors; both stay in the registry.
  CHECK(luaL_loadbufferx(lua_, kLuaPrelude, std::string_view{kLuaPrelude}.size(), "=prelude",
                         "t") == LUA_OK);
  lua_pushinteger(lua_, static_cast<lua_Integer>(seed_));
  lua_createtable(lua_, 0, 0);
  lua_pushvalue(lua_, -1);
  lua_setfield(lua_, LUA_REGISTRYINDEX, kMadeBy);
  lua_pushcfunction(lua_, charge);
  if (const auto ready = call(3, 2); !ready) return Failure{ready.error()};
  std::vector<std::string> known;
  for (lua_Integer i = 1; lua_rawgeti(lua_, -1, i) == LUA_TSTRING; ++i) {
    known.emplace_back(lua_tostring(lua_, -1));
    lua_pop(lua_, 1);
  }
  lua_pop(lua_, 2);
  lua_setfield(lua_, LUA_REGISTRYINDEX, kResult);
  lua_pushcfunction(lua_, guard_globals);
  if (const auto guarded = call(0, 0); !guarded) return Failure{guarded.error()};

  lua_pushinteger(lua_, static_cast<lua_Integer>(budget_.instructions));
  lua_setfield(lua_, LUA_REGISTRYINDEX, kBudget);
  lua_sethook(lua_, on_count, LUA_MASKCOUNT, kInstructionsPerHook);
  const int loaded = luaL_loadbufferx(lua_, text.data(), text.size(), "=experiment", "t");
  if (loaded != LUA_OK) {
    const char* message = lua_tostring(lua_, -1);
    return Failure{split_message(message == nullptr ? "cannot be read" : message)};
  }
  if (const auto ran = call(0, 0); !ran) {
    LuaFailure failure = ran.error();
    const std::string_view unknown = kUnknown;
    if (failure.what.starts_with(unknown)) {
      const std::string word =
          failure.what.substr(unknown.size() + 1, failure.what.size() - unknown.size() - 2);
      failure.what += did_you_mean(word, known);
    }
    return Failure{failure};
  }
  lua_sethook(lua_, nullptr, 0, 0);
  memory_.limit = memory_.traffic_left = ~std::size_t{0};  // below, no call can fail
  lua_getfield(lua_, LUA_REGISTRYINDEX, kResult);
  if (const auto asked = call(0, 1); !asked) return Failure{asked.error()};
  if (lua_isnil(lua_, -1)) {
    return Failure{LuaFailure{0, "declares no experiment (experiment \"name\" { ... })"}};
  }
  return to_json(lua_gettop(lua_), 0);
}

Result<Json, LuaFailure> LuaState::to_json(int index, unsigned depth) {
  if (++values_ > budget_.values)
    return Failure{LuaFailure{0, "the experiment has too many values"}};
  switch (lua_type(lua_, index)) {
    case LUA_TBOOLEAN: return Json(lua_toboolean(lua_, index) != 0);
    case LUA_TNUMBER:
      if (lua_isinteger(lua_, index) != 0) return Json(std::int64_t{lua_tointeger(lua_, index)});
      if (!std::isfinite(lua_tonumber(lua_, index))) return unfit("a number is not finite");
      return Json(lua_tonumber(lua_, index));
    case LUA_TSTRING: {
      std::size_t size = 0;
      const char* text = lua_tolstring(lua_, index, &size);
      if (!is_printable({text, size}))
        return unfit("a text is not UTF-8 or has control characters");
      return Json(std::string{text, size});
    }
    case LUA_TTABLE: return table_to_json(index, depth);
    default: break;
  }
  // One of the words without what it takes: `monitor = none`.
  lua_getfield(lua_, LUA_REGISTRYINDEX, kMadeBy);
  lua_pushvalue(lua_, index);
  const bool is_word = lua_rawget(lua_, -2) == LUA_TSTRING;
  const std::string hint =
      is_word ? std::string{" (did you mean "} + lua_tostring(lua_, -1) + "?)" : "";
  lua_pop(lua_, 2);
  return unfit(std::string{"a "} + lua_typename(lua_, lua_type(lua_, index)) +
               " cannot be a value" + hint);
}

Result<Json, LuaFailure> LuaState::table_to_json(int index, unsigned depth) {
  if (depth >= budget_.depth || lua_checkstack(lua_, 8) == 0) {
    return Failure{LuaFailure{0, "tables are nested too deeply (does one contain itself?)"}};
  }
  const auto length = static_cast<lua_Integer>(lua_rawlen(lua_, index));
  Json list = Json::array();
  for (lua_Integer i = 1; i <= length; ++i) {
    lua_rawgeti(lua_, index, i);
    auto element = to_json(lua_gettop(lua_), depth + 1);
    lua_pop(lua_, 1);
    if (!element) return Failure{within(std::to_string(i), element.error())};
    list.push_back(std::move(*element));
  }
  Json object = Json::object();
  for (lua_pushnil(lua_); lua_next(lua_, index) != 0; lua_pop(lua_, 1)) {
    if (lua_isinteger(lua_, -2) != 0 && lua_tointeger(lua_, -2) >= 1 &&
        lua_tointeger(lua_, -2) <= length) {
      continue;
    }
    if (lua_type(lua_, -2) != LUA_TSTRING)
      return Failure{LuaFailure{0, "a table has a key that is neither a name nor a position"}};
    std::size_t size = 0;
    const char* key = lua_tolstring(lua_, -2, &size);
    if (!is_printable({key, size}))
      return Failure{LuaFailure{0, "a key is not UTF-8 or has control characters"}};
    auto value = to_json(lua_gettop(lua_), depth + 1);
    if (!value) return Failure{within({key, size}, value.error())};
    object[std::string{key, size}] = std::move(*value);
  }
  if (length > 0 && !object.empty())
    return Failure{
        LuaFailure{0, "a table mixes a list with named keys (\"" + object.begin().key() + "\")"}};
  if (length > 0) return list;

  lua_getfield(lua_, LUA_REGISTRYINDEX, kMadeBy);
  lua_pushvalue(lua_, index);
  if (lua_rawget(lua_, -2) == LUA_TSTRING) object[kConstructorKey] = lua_tostring(lua_, -1);
  lua_pop(lua_, 2);
  return object;
}

}  // namespace config
