// Lua reports errors by longjmp, which skips destructors: no C++ object with one lives in a
// function that Lua calls, and every call that may raise goes through lua_pcall.
#include "config/lua/lua_state.hpp"

#include <lauxlib.h>
#include <lua.h>

#include <cstdlib>
#include <new>
#include <string_view>
#include <vector>

#include "common/check.hpp"
#include "config/diagnostic.hpp"
#include "config/lua/lua_prelude.hpp"
#include "config/lua/lua_values.hpp"
#include "config/schema/suggest.hpp"

namespace config {
namespace {

constexpr const char* kMadeBy = "disco.made_by";
constexpr const char* kResult = "disco.result";
constexpr const char* kUnknown = "unknown name ";

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

// Lua quotes the text it could not read, whatever bytes that are and however many.
void make_printable(std::string& message) {
  constexpr std::size_t kLongest = 300;
  if (message.size() > kLongest) message.replace(kLongest, std::string::npos, " ...");
  const bool is_text = is_printable(message);
  for (char& c : message) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !is_text)) c = '?';
  }
}

// "experiment:14: text" -> line 14, "text". Lines of our own words say nothing to anybody.
LuaFailure split_message(std::string message) {
  make_printable(message);
  const bool is_ours = message.starts_with("prelude:");
  const std::string_view prefix = is_ours ? "prelude:" : "experiment:";
  if (!message.starts_with(prefix)) return {0, std::move(message)};
  char* end = nullptr;
  const unsigned long line = std::strtoul(message.c_str() + prefix.size(), &end, 10);
  if (end == nullptr || *end != ':') return {0, std::move(message)};
  std::string text{end + 1};
  if (text.starts_with(' ')) text.erase(0, 1);
  return {is_ours ? 0 : static_cast<std::uint32_t>(line), std::move(text)};
}

}  // namespace

LuaState::LuaState(std::uint64_t seed, const LuaBudget& budget)
    : memory_{0, budget.bytes, budget.traffic, budget.text},
      budget_{budget},
      seed_{seed},
      lua_{lua_newstate(allocate, &memory_)} {
  if (lua_ == nullptr) throw std::bad_alloc{};
  set_meter(lua_, &meter_);
}

LuaState::~LuaState() { lua_close(lua_); }

void* LuaState::allocate(void* memory, void* block, std::size_t old_size, std::size_t new_size) {
  auto& budget = *static_cast<Memory*>(memory);
  const bool is_text = block == nullptr && old_size == LUA_TSTRING;
  if (block == nullptr) old_size = 0;  // it then is the kind of the new object
  if (new_size == 0) {
    budget.used -= old_size;
    std::free(block);
    return nullptr;
  }
  if (new_size > old_size) {  // Lua relies on shrinking to succeed
    if (is_text && new_size > budget.text) {
      budget.text_was_too_long = true;
      return nullptr;
    }
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
  if (status == LUA_ERRMEM) {
    return Failure{LuaFailure{0, memory_.text_was_too_long
                                     ? "a text of more than 1 MB needs too much memory"
                                     : "the file needs too much memory"}};
  }
  if (lua_type(lua_, -1) != LUA_TSTRING)
    return Failure{LuaFailure{0, "error() was called without a text"}};
  return Failure{split_message(lua_tostring(lua_, -1))};
}

// Libraries, words and guards. Returns the words that are known.
Result<std::vector<std::string>, LuaFailure> LuaState::prepare() {
  for (lua_CFunction step : {open_libraries, install_length}) {
    lua_pushcfunction(lua_, step);
    if (const auto done = call(0, 0); !done) return Failure{done.error()};
  }
  // The prelude gets the seed and the table that remembers constructors; both stay in the registry.
  CHECK(luaL_loadbufferx(lua_, kLuaPrelude, std::string_view{kLuaPrelude}.size(), "=prelude",
                         "t") == LUA_OK);
  lua_pushinteger(lua_, static_cast<lua_Integer>(seed_));
  lua_createtable(lua_, 0, 0);
  lua_pushvalue(lua_, -1);
  lua_setfield(lua_, LUA_REGISTRYINDEX, kMadeBy);
  lua_pushcfunction(lua_, charge);
  lua_pushcfunction(lua_, length);
  lua_pushcfunction(lua_, merge_sort);
  if (const auto ready = call(5, 2); !ready) return Failure{ready.error()};
  std::vector<std::string> known;
  for (lua_Integer i = 1; lua_rawgeti(lua_, -1, i) == LUA_TSTRING; ++i) {
    known.emplace_back(lua_tostring(lua_, -1));
    lua_pop(lua_, 1);
  }
  lua_pop(lua_, 2);
  lua_setfield(lua_, LUA_REGISTRYINDEX, kResult);
  lua_pushcfunction(lua_, guard_globals);
  if (const auto guarded = call(0, 0); !guarded) return Failure{guarded.error()};
  return known;
}

// As it is written first, so that messages are about what its author wrote.
Result<Nothing, LuaFailure> LuaState::load(const std::string& text) {
  if (std::string why = compile_bounds(text); !why.empty()) return Failure{LuaFailure{0, why}};
  for (const std::string& chunk : {text, with_own_length(text)}) {
    lua_settop(lua_, 0);
    if (luaL_loadbufferx(lua_, chunk.data(), chunk.size(), "=experiment", "t") == LUA_OK) continue;
    const char* message = lua_tostring(lua_, -1);
    return Failure{split_message(message == nullptr ? "cannot be read" : message)};
  }
  return Nothing{};
}

Result<LuaResult, LuaFailure> LuaState::run(const std::string& text) {
  meter_.instructions = static_cast<std::int64_t>(budget_.instructions);
  const auto known = prepare();
  if (!known) return Failure{known.error()};

  meter_ = {static_cast<std::int64_t>(budget_.instructions),
            thread_time() + static_cast<std::int64_t>(budget_.milliseconds) * 1'000'000};
  start_metering(lua_);
  if (const auto loaded = load(text); !loaded) return Failure{loaded.error()};
  if (const auto ran = call(0, 0); !ran) {
    LuaFailure failure = ran.error();
    const std::string_view unknown = kUnknown;
    if (failure.what.starts_with(unknown)) {
      const std::string word =
          failure.what.substr(unknown.size() + 1, failure.what.size() - unknown.size() - 2);
      failure.what += did_you_mean(word, *known);
    }
    return Failure{failure};
  }
  stop_metering(lua_);
  memory_.limit = memory_.traffic_left = ~std::size_t{0};  // below, no call can fail
  lua_getfield(lua_, LUA_REGISTRYINDEX, kResult);
  if (const auto asked = call(0, 1); !asked) return Failure{asked.error()};
  if (lua_isnil(lua_, -1)) {
    return Failure{LuaFailure{0, "declares no experiment (experiment \"name\" { ... })"}};
  }
  LuaValues values{lua_, budget_, kMadeBy};
  return values.read(lua_gettop(lua_));
}

}  // namespace config
