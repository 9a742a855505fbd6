// What bounds a Lua state that runs a text of others, and what makes it give the same values on
// every run. Lua counts instructions of its own; what C functions do in one of them is charged by
// the size of their arguments, and what can be charged to nobody (comparing long texts, copying
// arguments) is ended by a deadline of processor time that no honest file comes near.
#pragma once

#include <cstdint>
#include <string>

struct lua_State;

namespace config {

/// What a running file may still spend. Outlives the state.
struct LuaMeter {
  std::int64_t instructions = 0;
  std::int64_t deadline = 0;  // of the thread's processor time, in nanoseconds
};

/// Nanoseconds that this thread has run.
std::int64_t thread_time();

/// Ties the meter to the state. Requires: to be called before any of the functions below.
void set_meter(lua_State* lua, LuaMeter* meter);
/// From here on instructions count and the deadline holds.
void start_metering(lua_State* lua);
void stop_metering(lua_State* lua);

// Each may raise a Lua error, so each is called by lua_pcall.

/// Opens base, table, string and math. Their C functions charge for what they are given.
int open_libraries(lua_State* lua);
/// (n): spends n instructions.
int charge(lua_State* lua);
/// (v): the length of a text or a list. Lua's own answer for a list with holes depends on where
/// its parts lie in memory; this one depends on what was done with the list alone.
int length(lua_State* lua);
/// (from, to, n, order, before): the n elements of `from` sorted, in one of the two lists, both of
/// which are written. `before` stands in where there is no order. Elements that are equal keep
/// their order, so the result is a function of the list and of what the order answers.
int merge_sort(lua_State* lua);
/// Lets the texts of with_own_length() find length().
int install_length(lua_State* lua);

/// The chunk with every operator `#` replaced by what calls length(). A text that is no Lua stays
/// no Lua. Lines stay where they are.
std::string with_own_length(const std::string& chunk);

/// Why compiling the chunk, which no hook can end, could take long; empty if it cannot.
std::string compile_bounds(const std::string& chunk);

}  // namespace config
