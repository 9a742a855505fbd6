// The words of an experiment file, and the parts of Lua's library that had to be replaced.
#pragma once

namespace config {

/// Called with (seed, table for constructors' names, function that charges instructions, function
/// that gives the length of a text or list, function that sorts); returns a function that gives the
/// result, and the list of known names.
extern const char* const kLuaPrelude;

}  // namespace config
