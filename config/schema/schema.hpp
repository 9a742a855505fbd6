// Every key that an experiment may contain: one row each, from which come the checks of the parser,
// --set, the options of `disco boot`, the machine that a point describes, `disco info params` and
// docs/config-reference.md. A key without a row does not exist. Rows of the machine's keys are
// those of machine/parameters.hpp.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.hpp"
#include "config/schema/json.hpp"
#include "config/schema/quantity.hpp"

namespace config {

enum class ValueKind : std::uint8_t {
  kText,
  kInteger,
  kNumber,    // with or without a fraction
  kQuantity,  // text with a unit; held as an integer in the base unit
  kFlag,
  kChoice,
  kTextList,    // numbers are accepted as elements and become text
  kNumberList,  // numbers and ranges of them, "0-3"; held as numbers in their order, each once
  kSelector,    // { dimension = "value", ... }: some points of a sweep
  kBound,       // a number, or a selector
  kCases,       // the values of a sweep's dimension
};

/// What a key belongs to.
enum class Scope : std::uint8_t {
  kPoint,       // configures a single run: may be varied by a sweep and by --set
  kExperiment,  // of the experiment as a whole; --set may change it
  kList,        // element of sweep, expect: not for --set
};

struct Setup;

struct ParameterRow {
  std::string_view path;  // "*" stands for one name or list position
  ValueKind kind{};
  Scope scope{};
  Unit unit = Unit::kNone;
  std::uint64_t low = 0, high = 0;  // inclusive, of kInteger and kQuantity
  std::string_view choices;         // "a|b", of kChoice
  std::string default_value;        // as it would be written; "" where there is none
  bool required = false;
  std::string_view what;  // one sentence
  /// The field that a held value of a kPoint sets and is got from; `item` is the place of the name
  /// that stands for "*" among all names. Empty where a key configures no run.
  std::function<void(Setup&, std::size_t item, const SortedJson& held)> set = {};
  std::function<SortedJson(const Setup&, std::size_t item)> get = {};

  std::uint64_t multiple = 1;  // of kInteger and kQuantity: what it is a multiple of
  bool decides_start = false;  // whether a run can start depends on it
  bool names_input = false;    // a file's name: what the file holds counts, not what it is called
  bool needs_monitor = false;  // without a monitor it means nothing
  std::string_view told_as = {};  // "a|b": how the monitor's sentences call it
};

std::span<const ParameterRow> schema();

/// The row of a concrete path ("phases.roi.from"); nullptr if there is none.
const ParameterRow* find_row(std::string_view path);
/// The words of a kChoice.
std::vector<std::string> choices_of(const ParameterRow& row);
/// Does some row lie below this path?
bool is_group(std::string_view path);
/// Words that may follow `path` and a dot (nothing for "*").
std::vector<std::string> children_of(std::string_view path);
/// A group that may be written as a plain value stands for one of its keys: workload = "stride".
std::optional<std::string_view> shorthand_of(std::string_view group);

/// The default in its held form; null where there is none.
SortedJson default_of(const ParameterRow& row);

/// `value` as it was written (JSON made of Lua, or of a resolved file) checked and brought to the
/// held form: quantities become integers, list elements text. The failure is one clause.
Result<SortedJson, Refusal> check_value(const ParameterRow& row, const SortedJson& value);
/// Checks the right side of a --set.
Result<SortedJson, Refusal> check_text(const ParameterRow& row, std::string_view text);

/// For reference pages: "text", "integer 8 .. 512", "quantity 2MB .. 3GB", "one of a, b".
std::string describe_kind(const ParameterRow& row);
/// A held value as it would be written: 67108864 -> "64MB".
std::string write_value(const ParameterRow& row, const SortedJson& value);

}  // namespace config
