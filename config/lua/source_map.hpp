// Where in a Lua text a key was written. Lua itself only knows the line of the call that was given
// a table; a scan of the tokens knows every key of every table constructor. It is a guess at
// structure, good enough for messages and used for nothing else: a key that code computed is simply
// not found.
#pragma once

#include <string>
#include <vector>

#include "config/diagnostic.hpp"

namespace config {

class SourceMap {
 public:
  SourceMap() = default;
  explicit SourceMap(const std::string& lua_text);

  /// The place of the key that `path` ("machine.cpu.tlb.entries", "sweep.2.values.1.monitor") ends
  /// in; list elements are numbers from 1. The nearest enclosing key that was written, if the last
  /// was not; a place with line 0 if nothing matches.
  SourcePlace place_of(const std::string& path) const;

  struct Key {
    std::vector<std::string> chain;  // enclosing keys, outermost first, and the key itself
    SourcePlace place;
  };
  /// Keys that stand in their table constructor for the second time or more.
  const std::vector<Key>& repeated() const { return repeated_; }

 private:
  std::vector<Key> keys_, repeated_;
  SourcePlace experiment_;  // the call `experiment "name"`
};

}  // namespace config
