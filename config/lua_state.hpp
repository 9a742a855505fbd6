// A Lua 5.4 state for configuration: nothing of the outside can be reached from it, it ends by
// itself (instruction and memory budgets), and the same text with the same seed gives the same
// values on every run: pairs() is ordered, math.random seeded, no address ever becomes text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "common/result.hpp"
#include "config/json.hpp"

struct lua_State;

namespace config {
using namespace common;

struct LuaBudget {
  std::uint64_t instructions = 20'000'000;
  std::size_t bytes = 64 << 20;   // live at once
  std::size_t traffic = 1 << 30;  // allocated altogether: what `..` copies in a loop
  std::size_t values = 100'000;   // in the result
  unsigned depth = 32;            // of nested tables in a result
};

/// Why a text did not become a value. Line 0: not known.
struct LuaFailure {
  std::uint32_t line = 0;
  std::string what;
  std::string path = {};  // "machine.cpu", where a value of the experiment is to blame
};

/// A table keeps what constructor made it under this key: flash { } -> "flash".
inline constexpr const char* kConstructorKey = "\x01made_by";

/// What stands for a value that Lua has and JSON has not, so that one of them does not hide the
/// other mistakes: a binary value, which holds the sentence to tell. No other JSON here is binary.
inline Json unfit(const std::string& sentence) {
  return Json::binary({sentence.begin(), sentence.end()});
}
/// That sentence; nothing if `value` is a value.
inline std::optional<std::string> why_unfit(const Json& value) {
  if (!value.is_binary()) return std::nullopt;
  const auto& text = value.get_binary();
  return std::string{text.begin(), text.end()};
}

class LuaState {
 public:
  explicit LuaState(std::uint64_t seed, const LuaBudget& budget = LuaBudget{});
  ~LuaState();
  LuaState(const LuaState&) = delete;
  LuaState& operator=(const LuaState&) = delete;

  /// Runs a chunk of source text (never byte code) and returns the experiment it declared:
  /// {"name": ..., "body": {...}}. What cannot be a value is unfit() in it.
  Result<Json, LuaFailure> run(const std::string& text);

 private:
  struct Memory {
    std::size_t used = 0, limit = 0, traffic_left = 0;
  };
  static void* allocate(void* memory, void* block, std::size_t old_size, std::size_t new_size);
  Result<Nothing, LuaFailure> call(int arguments, int results);
  Result<Json, LuaFailure> to_json(int index, unsigned depth);
  Result<Json, LuaFailure> table_to_json(int index, unsigned depth);

  Memory memory_;
  LuaBudget budget_;
  std::size_t values_ = 0;
  std::uint64_t seed_;
  lua_State* lua_ = nullptr;
};

}  // namespace config
