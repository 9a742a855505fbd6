// The options of `disco boot` that stand for keys of experiments. What may be written, what it may
// be and which field it sets are the key's (config/schema/schema.hpp); the table here only gives
// keys short names.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cli/verb.hpp"
#include "common/error.hpp"
#include "common/result.hpp"
#include "config/setup.hpp"

namespace cli {
using namespace common;

/// Options that stand together in the help text.
enum class KeyGroup : std::uint8_t { kMachine, kSeed, kConsole, kMonitor };

class BootKeys {
 public:
  BootKeys();

  /// Adds the group's options to a verb; this must outlive the parse and stay where it is.
  void add_options(Verb verb, KeyGroup group);

  /// What the defaults of keys, `sets` ("machine.turns=3") and the options say together. kUsage
  /// errors for what cannot be read, kConfig errors for what is out of range; both name the option
  /// as it was typed, and the key.
  Result<config::Setup, Error> setup(const std::vector<std::string>& sets) const;

 private:
  std::map<std::string_view, std::string> texts_;  // by option
};

}  // namespace cli
