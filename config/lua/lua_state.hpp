// A Lua 5.4 state for configuration: nothing of the outside can be reached from it, it ends by
// itself (budgets of instructions, memory and processor time), and the same text with the same seed
// gives the same values on every run: pairs() is ordered, math.random seeded, table.sort ours, and
// no address ever becomes text or a length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.hpp"
#include "config/lua/lua_sandbox.hpp"
#include "config/schema/json.hpp"

struct lua_State;

namespace config {
using namespace common;

struct LuaBudget {
  std::uint64_t instructions = 20'000'000;
  std::size_t bytes = 64 << 20;       // live at once
  std::size_t traffic = 1 << 30;      // allocated altogether: what `..` copies in a loop
  std::size_t text = 1 << 20;         // the longest text
  std::size_t values = 100'000;       // in the result
  std::size_t result = 16 << 20;      // bytes of texts and keys in it
  unsigned depth = 32;                // of nested tables in a result
  std::uint64_t milliseconds = 3000;  // of processor time, where nothing else ends it before
};

/// Why a text did not become a value. Line 0: not known.
struct LuaFailure {
  std::uint32_t line = 0;
  std::string what;
  std::string path = {};  // "machine.cpu", where a value of the experiment is to blame
};

/// In the order of the experiment's keys, never empty.
using LuaFailures = std::vector<LuaFailure>;

/// What a text declares. A value that cannot be one is null, and told in `wrong`.
struct LuaResult {
  SortedJson experiment;  // {"name": ..., "body": {...}}
  LuaFailures wrong;
};

/// A table keeps what constructor made it under this key: flash { } -> "flash".
inline constexpr const char* kConstructorKey = "\x01made_by";

class LuaState {
 public:
  explicit LuaState(std::uint64_t seed, const LuaBudget& budget = LuaBudget{});
  ~LuaState();
  LuaState(const LuaState&) = delete;
  LuaState& operator=(const LuaState&) = delete;

  /// Runs a chunk of source text (never byte code) and returns the experiment it declared. May be
  /// called once.
  Result<LuaResult, LuaFailure> run(const std::string& text);

 private:
  struct Memory {
    std::size_t used = 0, limit = 0, traffic_left = 0, text = 0;
    bool text_was_too_long = false;
  };
  static void* allocate(void* memory, void* block, std::size_t old_size, std::size_t new_size);
  Result<Nothing, LuaFailure> call(int arguments, int results);
  Result<std::vector<std::string>, LuaFailure> prepare();
  Result<Nothing, LuaFailure> load(const std::string& text);

  Memory memory_;
  LuaBudget budget_;
  LuaMeter meter_;
  std::uint64_t seed_;
  lua_State* lua_ = nullptr;
};

}  // namespace config
