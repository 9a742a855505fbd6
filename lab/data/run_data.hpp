// A finished run read back from its directory: what tables, reports and comparisons are made of.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/error.hpp"
#include "common/json.hpp"
#include "common/result.hpp"
#include "config/experiment.hpp"
#include "measure/metrics.hpp"

namespace lab {
using namespace common;

/// One metric over the repeats of a point.
struct Sample {
  double mean = 0, least = 0, greatest = 0;
  std::size_t n = 0;
};

struct PointData {
  config::Labels labels;
  std::string name;
  std::vector<Json> repeats;          // results.json of each repeat that has one
  std::vector<std::string> troubles;  // of each: why its numbers do not count; "" or none: they do
  std::uint64_t missing = 0;          // repeats that left no results

  bool matches(const config::Selector& selector) const;
  std::string label(const std::string& dimension) const;
  /// Do the numbers of a repeat count? Of any?
  bool counts(std::size_t repeat) const;
  bool is_sound() const;
  /// What is wrong with the first repeat in trouble: "guest exit 67", "limit", "missing"; "" if
  /// there is none.
  std::string trouble() const;
  /// A metric of the measured phase, over the repeats whose numbers count. Nothing if none has it.
  std::optional<Sample> metric(const std::string& name) const;
  /// A metric over all repeats that left numbers, whatever became of them. To be shown, not used.
  std::optional<Sample> metric_so_far(const std::string& name) const;
  /// The measured phase of the first repeat that counts, or else of the first; null if there are no
  /// results.
  const Json& phase() const;
  /// The results that phase() is of; null if there are none.
  const Json& results() const;
};

struct RunData {
  std::filesystem::path path;
  Json manifest, resolved;
  std::vector<PointData> points;

  std::string compare() const;   // the dimension that stands side by side; "" without a sweep
  std::string baseline() const;  // its label; no point has it where --only left it out
  bool has_baseline() const;
  /// Labels of a dimension in the order of the points.
  std::vector<std::string> labels_of(const std::string& dimension) const;
  /// The point that differs from `point` in this label alone; nullptr if there is none.
  const PointData* sibling(const PointData& point, const std::string& dimension,
                           const std::string& label) const;
  /// A metric, "slowdown" included. Nothing of points that failed or are missing.
  std::optional<Sample> metric(const PointData& point, const std::string& name) const;
  /// Points grouped by everything but the compared dimension: one row each.
  struct Row {
    config::Labels labels;
    std::vector<const PointData*> points;  // one per label of compare(); nullptr where missing
  };
  std::vector<Row> rows() const;
  /// What people call a row: "program=chase footprint=far", without labels its program.
  std::string name_of(const Row& row) const;
  /// The head of a column: "system=native"; "value" without a sweep.
  std::string column_name(const std::string& label) const;
};

/// Every point that the experiment has, in its order, with whatever results there are.
Result<RunData, Error> load_run(const std::filesystem::path& directory);

/// What became of one expectation at one point.
struct ExpectationResult {
  std::string that, where;
  std::string found;  // "41.0 < 402.3", or why it was not measured
  bool holds = false;
  bool measured = false;
};
std::vector<ExpectationResult> check_expectations(const RunData& run);

/// What compared systems differ in besides their numbers: what their kernels find themselves on,
/// and the keys of the configuration. One text for each label of compare(). Empty without a
/// comparison.
struct Differing {
  std::string what;  // "processors of the kernel", "monitor.l2tlb.entries"
  std::vector<std::string> texts;
};
std::vector<Differing> what_differs(const RunData& run);

/// The exit code that a finished run deserves (docs/cli.md): 130 or 4 for missing points, 5, 7, 1.
int judgement(const RunData& run);

/// Identities that do not hold: "p03 roi elapsed: 12 != 13".
std::vector<std::string> red_identities(const RunData& run);

/// What a reader must know before believing a number: points that did not end well or never reached
/// the phase that was to be measured. One sentence each.
std::vector<std::string> warnings(const RunData& run);
/// What the command line changed of the experiment: dimensions left out, values replaced.
std::vector<std::string> notes(const RunData& run);

/// A number as tables show it: 1234.4 -> "1,234", 24.44 -> "24.4"; below 1 and with unit "ratio" as
/// three significant digits.
std::string show_number(double value, const std::string& unit);
/// How many times as much, with three significant digits: "0.0353x", "82.1x".
std::string show_ratio(double ratio);
/// Two numbers that were compared, with so many digits that they differ if the numbers do.
std::pair<std::string, std::string> show_apart(double a, double b, const std::string& unit);

}  // namespace lab
