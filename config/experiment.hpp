// An experiment after everything was decided: plain data, checked against the schema, with the
// origin of each value. Machines are built from this and nothing else, and its canonical form has a
// hash that names the run.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/result.hpp"
#include "config/diagnostic.hpp"
#include "config/schema/json.hpp"
#include "config/schema/refusal.hpp"

namespace config {

/// Held values by path: {"machine.clock": 400000000, ...}.
using Values = std::map<std::string, SortedJson>;
/// (dimension, label) in the order of the sweep's dimensions.
using Labels = std::vector<std::pair<std::string, std::string>>;
/// Dimension -> label: the points that carry all of these.
using Selector = std::map<std::string, std::string>;

struct Case {
  std::vector<std::string> labels;  // one per name of its dimension
  Values set;
};

struct Dimension {
  std::vector<std::string> names;
  std::vector<Case> cases;
};

/// One configuration of the sweep. Repeats differ from one another in the seed alone.
struct Point {
  Labels labels;
  Values values;
  /// A hash of the values: equal configurations have equal hashes in any experiment. SHA-256, hex.
  std::string hash() const;
  /// "system=disco,program=stride", "all" without a sweep. Fit for a file name, and no other point
  /// of the sweep has it.
  std::string name() const;
  static constexpr std::size_t kLongestName = 160;  // bytes
  bool matches(const Selector& selector) const;
};

struct Phase {
  std::string name;
  std::uint64_t from = 0, to = 0;  // marks; 0 = power-on, end of the run
  std::string fidelity = "same";   // the machine's, or a fidelity
};

/// A number, or the metric at another point.
struct Bound {
  std::optional<double> number;
  Selector at;
};

struct Expectation {
  std::string that, metric;
  Selector where, at;
  std::optional<Bound> below, above, near;
  double within = 0;
};

/// The answer in one sentence: which metric, at which points, and what becomes of several
/// workloads.
struct Headline {
  std::string metric = "cycles";
  std::string mean = "auto";  // "each", "geometric", "auto"
  Selector where;
  bool operator==(const Headline& other) const {
    return metric == other.metric && mean == other.mean && where == other.where;
  }
};

struct Experiment {
  std::string name, question, measure;
  std::uint64_t repeats = 1;
  std::vector<Phase> phases;
  Values values;
  std::map<std::string, std::string> origins;  // of `values`: "default", "tlb-cost.lua:14", "--set"
  std::vector<Dimension> dimensions;
  std::vector<Point> points;
  std::vector<Expectation> expectations;
  /// report: a dimension's name and one of its labels; "" without a sweep. The baseline may be a
  /// label that --only took away: then nothing is compared with it.
  std::string compare, baseline;
  Headline headline;
  std::vector<std::string> differs;  // in what compared systems may differ although no case says so

  std::string source_name, source_text;  // the file it came from
  std::vector<std::string> notes;        // what loading decided that its author may not expect
  std::vector<std::string> warnings;     // comparisons that may not mean what they seem to
  std::vector<std::string> not_asked;    // expectations about points that --set or --only took away

  /// Everything that can influence results, sorted, without origins. The hash is SHA-256 of its
  /// text.
  SortedJson canonical() const;
  std::string hash() const;
  /// config.resolved.json: canonical() plus origins and readable forms.
  SortedJson resolved() const;
};

struct LoadOptions {
  std::vector<std::string> overrides;  // "path=value", later ones win
  std::optional<std::uint64_t> seed;   // of the experiment and of math.random
  std::vector<std::string> only;       // "dimension=label,label": the points to keep
  std::vector<std::string> metrics;    // names that expectations may use; empty: any
  bool resolved = false;               // of a config.resolved.json: its --only was long ago
};

/// The experiment of a Lua text. `name` is what messages call it.
Result<Experiment, Diagnostics> load_lua(const std::string& name, const std::string& text,
                                         const LoadOptions& options);
/// The experiment of a config.resolved.json, read without Lua.
Result<Experiment, Diagnostics> load_resolved(const std::string& name, const std::string& text,
                                              const LoadOptions& options);
/// The experiment of a file: *.json is a resolved experiment, anything else Lua.
Result<Experiment, Diagnostics> load_file(const std::string& path, const LoadOptions& options);

/// The defaults of every key that configures a point.
Values default_values();
/// The value of one of them as it is typed, checked and put into `values`. The clause of a refusal
/// begins with the key.
Result<Nothing, Refusal> set_key(Values& values, const std::string& path, std::string_view text);
/// The same of "path=value".
Result<Nothing, Refusal> set_value(Values& values, const std::string& text);

/// SHA-256 in lower-case hex.
std::string sha256(std::span<const std::byte> bytes);
std::string sha256(const std::string& text);
/// The hash of a file of any length. kInput error if it cannot be read.
Result<std::string, Error> sha256_of_file(const std::string& path);

}  // namespace config
