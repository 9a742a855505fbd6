// The table of everything that a MachineConfig holds, one row each: how experiments call it, what
// it counts, what it may be, and the field that it is. The check of a configuration, the
// configuration section of snapshots and config/'s schema walk this table; how a value is spelt
// is config/'s business.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/unit.hpp"
#include "machine/machine_config.hpp"

namespace machine {

struct Parameter {
  enum class Kind : std::uint8_t { kNumber, kFlag, kChoice, kText };

  std::string_view key;  // "machine.clock"; "*" stands for the name of one of several
  Kind kind = Kind::kNumber;
  Unit unit = Unit::kNone;
  std::uint64_t least = 0, most = 0;  // inclusive, of all that are not kText
  std::uint64_t multiple = 1;
  std::string_view choices;    // "a|b", of kChoice: the words for 0, 1 ...
  std::string_view what;       // one sentence; empty: no key, only programs and options set it
  bool decides_start = false;  // whether a machine with it can be built and loaded depends on it

  /// How many there are of it: one, or as many as disks or network devices.
  std::size_t (*count)(const MachineConfig&) = nullptr;
  /// Requires: not kText, item < count().
  std::uint64_t (*get)(const MachineConfig&, std::size_t item) = nullptr;
  /// Makes the item that it is of. Requires: not kText, a value that it may be.
  void (*set)(MachineConfig&, std::size_t item, std::uint64_t value) = nullptr;
  const std::string& (*get_text)(const MachineConfig&, std::size_t item) = nullptr;
  void (*set_text)(MachineConfig&, std::size_t item, std::string value) = nullptr;

  bool is_key() const { return !what.empty(); }
  bool is_one_of_several() const { return key.find('*') != std::string_view::npos; }
};

/// In the order of the reference page.
std::span<const Parameter> parameters();

/// Requires: there is a parameter of this name.
const Parameter& parameter(std::string_view key);

/// The one of which some item has this name (name_of()); nullptr if there is none.
const Parameter* parameter_named(std::string_view name);

/// The value that a word of a kChoice stands for; most + 1 if it is none of them.
std::uint64_t value_named(const Parameter& parameter, std::string_view word);

/// A value in words: the choice, "true", or the number in its base unit.
std::string text_of(const Parameter& parameter, std::uint64_t value);

/// "machine.disks.1.cache": the key with the number of the item in it.
std::string name_of(const Parameter& parameter, std::size_t item);

}  // namespace machine
