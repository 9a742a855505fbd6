// No C++ object with a destructor lives in a function that Lua calls: errors are longjmps.
#include "config/lua/lua_sandbox.hpp"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <time.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>

namespace config {
namespace {

// Short enough that the worst of them, each over the longest text, end soon after the deadline.
constexpr int kInstructionsPerHook = 100;
constexpr lua_Integer kBytesPerInstruction = 16;  // of arguments that a C function goes through
constexpr const char* kLengths = "disco.lengths";

LuaMeter& meter_of(lua_State* lua) {
  LuaMeter* meter = nullptr;
  std::memcpy(&meter, lua_getextraspace(lua), sizeof meter);
  return *meter;
}

void spend(lua_State* lua, lua_Integer instructions) {
  LuaMeter& meter = meter_of(lua);
  if (instructions <= meter.instructions) {
    meter.instructions -= instructions;
    return;
  }
  luaL_where(lua, 0);  // what runs now; in a hook nothing has called it
  lua_pushliteral(lua, "the file runs too long: its instruction budget is used up");
  lua_concat(lua, 2);
  lua_error(lua);
}

void on_count(lua_State* lua, lua_Debug*) {
  spend(lua, kInstructionsPerHook);
  if (thread_time() < meter_of(lua).deadline) return;
  // Where it was caught is chance: no line.
  lua_pushliteral(lua, "the file runs too long: its processor time is used up");
  lua_error(lua);
}

// The function is the closure's upvalue; it needs none itself.
int charged(lua_State* lua) {
  const int arguments = lua_gettop(lua);
  lua_Integer cost = arguments / 8;
  for (int i = 1; i <= arguments; ++i) {
    if (lua_type(lua, i) == LUA_TSTRING)
      cost += static_cast<lua_Integer>(lua_rawlen(lua, i)) / kBytesPerInstruction;
  }
  spend(lua, cost);
  return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

// Of the table on top, whose values may be replaced while it is walked.
void charge_functions(lua_State* lua) {
  const int table = lua_gettop(lua);
  for (lua_pushnil(lua); lua_next(lua, table) != 0; lua_pop(lua, 1)) {
    const bool has_upvalue = lua_getupvalue(lua, -1, 1) != nullptr;
    if (has_upvalue) lua_pop(lua, 1);
    if (has_upvalue || lua_iscfunction(lua, -1) == 0) continue;
    lua_pushvalue(lua, -2);
    lua_pushvalue(lua, -2);
    lua_pushcclosure(lua, charged, 1);
    lua_rawset(lua, table);
  }
  lua_pop(lua, 1);
}

}  // namespace

std::int64_t thread_time() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

void set_meter(lua_State* lua, LuaMeter* meter) {
  std::memcpy(lua_getextraspace(lua), &meter, sizeof meter);
}
void start_metering(lua_State* lua) {
  lua_sethook(lua, on_count, LUA_MASKCOUNT, kInstructionsPerHook);
}
void stop_metering(lua_State* lua) { lua_sethook(lua, nullptr, 0, 0); }

int open_libraries(lua_State* lua) {
  luaL_requiref(lua, LUA_GNAME, luaopen_base, 1);
  charge_functions(lua);
  luaL_requiref(lua, LUA_TABLIBNAME, luaopen_table, 1);
  charge_functions(lua);
  luaL_requiref(lua, LUA_STRLIBNAME, luaopen_string, 1);
  charge_functions(lua);
  luaL_requiref(lua, LUA_MATHLIBNAME, luaopen_math, 1);
  charge_functions(lua);
  lua_pushliteral(lua, "");
  if (lua_getmetatable(lua, -1) != 0) charge_functions(lua);  // "12" + 1
  lua_settop(lua, 0);
  return 0;
}

int charge(lua_State* lua) {
  spend(lua, luaL_checkinteger(lua, 1));
  return 0;
}

// A border (a position that holds something, before one that does not; or 0) reached from the one
// that was found last: as fast as Lua's own for lists that grow and shrink at their end.
int length(lua_State* lua) {
  if (lua_type(lua, 1) == LUA_TSTRING) {
    lua_pushinteger(lua, static_cast<lua_Integer>(lua_rawlen(lua, 1)));
    return 1;
  }
  if (lua_type(lua, 1) != LUA_TTABLE)
    return luaL_error(lua, "attempt to get the length of a %s value", luaL_typename(lua, 1));
  lua_settop(lua, 1);
  lua_getfield(lua, LUA_REGISTRYINDEX, kLengths);
  lua_pushvalue(lua, 1);
  lua_rawget(lua, 2);
  const lua_Integer last = lua_tointeger(lua, -1);
  lua_Integer now = last;
  const auto holds = [lua](lua_Integer at) {
    const bool something = lua_rawgeti(lua, 1, at) != LUA_TNIL;
    lua_pop(lua, 1);
    return something;
  };
  if (now > 0 && !holds(now)) {
    while (now > 0 && !holds(now)) --now;
  } else {
    while (holds(now + 1)) ++now;
  }
  spend(lua, (now > last ? now - last : last - now) / 8);
  if (now != last) {
    lua_pushvalue(lua, 1);
    lua_pushinteger(lua, now);
    lua_rawset(lua, 2);
  }
  lua_pushinteger(lua, now);
  return 1;
}

namespace {

constexpr int kOrder = 4, kBefore = 5;  // arguments of merge_sort()

/// Of the two values on top: must the upper one come first?
bool upper_is_less(lua_State* lua) {
  const int type = lua_type(lua, -1);
  const bool plain = lua_isnil(lua, kOrder) && type == lua_type(lua, -2) &&
                     (type == LUA_TNUMBER || type == LUA_TSTRING);
  if (plain) {
    const auto bytes = type == LUA_TSTRING ? lua_rawlen(lua, -1) : 0;
    spend(lua, 2 + static_cast<lua_Integer>(bytes) / kBytesPerInstruction);
    return lua_compare(lua, -1, -2, LUA_OPLT) != 0;
  }
  spend(lua, 2);
  lua_pushvalue(lua, lua_isnil(lua, kOrder) ? kBefore : kOrder);
  lua_pushvalue(lua, -2);
  lua_pushvalue(lua, -4);
  lua_call(lua, 2, 1);
  const bool less = lua_toboolean(lua, -1) != 0;
  lua_pop(lua, 1);
  return less;
}

/// [low, middle) and [middle, high) of the list at `from` into the list at `to`.
void merge(lua_State* lua, int from, int to, lua_Integer low, lua_Integer middle,
           lua_Integer high) {
  lua_Integer left = low, right = middle;
  for (lua_Integer at = low; at < high; ++at) {
    bool takes_right = left >= middle;
    if (left < middle && right < high) {
      lua_rawgeti(lua, from, left);
      lua_rawgeti(lua, from, right);
      takes_right = upper_is_less(lua);
      lua_pop(lua, 2);
    }
    lua_rawgeti(lua, from, takes_right ? right++ : left++);
    lua_rawseti(lua, to, at);
  }
}

}  // namespace

int merge_sort(lua_State* lua) {
  const lua_Integer n = luaL_checkinteger(lua, 3);
  int from = 1, to = 2;
  for (lua_Integer width = 1; width < n; width *= 2) {
    spend(lua, n);
    for (lua_Integer low = 1; low <= n; low += 2 * width) {
      merge(lua, from, to, low, std::min(low + width, n + 1), std::min(low + 2 * width, n + 1));
    }
    std::swap(from, to);
  }
  lua_pushvalue(lua, from);
  return 1;
}

namespace {

int length_of_right(lua_State* lua) {
  lua_remove(lua, 1);
  return length(lua);
}

}  // namespace

int install_length(lua_State* lua) {
  lua_newtable(lua);
  lua_newtable(lua);
  lua_pushliteral(lua, "k");
  lua_setfield(lua, -2, "__mode");
  lua_setmetatable(lua, -2);
  lua_setfield(lua, LUA_REGISTRYINDEX, kLengths);
  lua_pushboolean(lua, 1);
  lua_newtable(lua);
  lua_pushcfunction(lua, length_of_right);
  lua_setfield(lua, -2, "__pow");
  lua_setmetatable(lua, -2);
  return 0;
}

namespace {

// Lua's tokens, as far as they can hide a `#` or a word.
class ChunkScanner {
 public:
  enum class Token : std::uint8_t { kEnd, kLength, kWord };

  explicit ChunkScanner(std::string_view text) : text_{text} {}

  /// The next operator `#` or word.
  Token next() {
    while (at_ < text_.size()) {
      begin_ = at_;
      const char c = text_[at_];
      if (c == '#') {
        ++at_;
        return Token::kLength;
      }
      if (is_word(c)) {
        while (is_word(peek(0)) || (is_digit(c) && peek(0) == '.')) ++at_;
        if (!is_digit(c)) return Token::kWord;
      } else if (c == '"' || c == '\'') {
        skip_text(c);
      } else if (c == '-' && peek(1) == '-') {
        at_ += 2;
        if (!skip_long_bracket()) at_ = text_.find_first_of("\n\r", at_);
      } else if (!skip_long_bracket()) {
        ++at_;
      }
    }
    return Token::kEnd;
  }
  /// Where the token begins, and it.
  std::size_t begin() const { return begin_; }
  std::string_view text() const { return text_.substr(begin_, at_ - begin_); }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  static bool is_word(char c) {
    return is_digit(c) || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }
  char peek(std::size_t n) const { return at_ + n < text_.size() ? text_[at_ + n] : '\0'; }

  void skip_text(char quote) {
    ++at_;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] != '\\') {
        ++at_;
      } else if (peek(1) == 'z') {
        at_ = text_.find_first_not_of(" \t\n\v\f\r", at_ + 2);
      } else {
        at_ += 2;
      }
    }
    if (at_ < text_.size()) ++at_;
  }

  bool skip_long_bracket() {
    if (peek(0) != '[') return false;
    std::size_t level = 0;
    while (peek(1 + level) == '=') ++level;
    if (peek(1 + level) != '[') return false;
    const std::string close = "]" + std::string(level, '=') + "]";
    const std::size_t end = text_.find(close, at_ + level + 2);
    at_ = end == std::string_view::npos ? text_.size() : end + close.size();
    return true;
  }

  std::string_view text_;
  std::size_t begin_ = 0, at_ = 0;
};

}  // namespace

// `^` binds its left operand closer than any operator binds, and what follows as closely as `#`
// does: `true ^` can stand wherever `#` can, and means nothing else.
std::string with_own_length(const std::string& chunk) {
  using Token = ChunkScanner::Token;
  std::string text;
  ChunkScanner scanner{chunk};
  std::size_t done = 0;
  for (Token token; (token = scanner.next()) != Token::kEnd;) {
    if (token != Token::kLength) continue;
    text.append(chunk, done, scanner.begin() - done);
    text += " true^";
    done = scanner.begin() + 1;
  }
  return text.append(chunk, done);
}

// Lua's compiler walks the list of all jumps of an expression or a statement to add one to it, and
// looks for a name among all variables of all functions around it.
std::string compile_bounds(const std::string& chunk) {
  constexpr std::uint64_t kMostJumps = 10'000, kMostSearches = 5'000'000, kMostNested = 200;
  using Token = ChunkScanner::Token;
  std::uint64_t jumps = 0, names = 0, functions = 0;
  ChunkScanner scanner{chunk};
  for (Token token; (token = scanner.next()) != Token::kEnd;) {
    if (token != Token::kWord) continue;
    const std::string_view word = scanner.text();
    if (word == "and" || word == "or" || word == "elseif") ++jumps;
    if (word == "function") ++functions;
    ++names;
  }
  if (jumps > kMostJumps) return "the file has more than 10000 times and, or and elseif";
  if (names * (std::min(functions, kMostNested) + 1) > kMostSearches)
    return "the file has too many names for its functions";
  return {};
}

}  // namespace config
