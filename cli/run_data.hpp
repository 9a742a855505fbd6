// A finished run read back from its directory: what tables, reports and comparisons are made of.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/json.hpp"
#include "cli/metrics.hpp"
#include "common/error.hpp"
#include "common/result.hpp"
#include "config/experiment.hpp"

namespace cli {

/// One metric over the repeats of a point.
struct Sample {
  double mean = 0, least = 0, greatest = 0;
  std::size_t n = 0;
};

struct PointData {
  config::Labels labels;
  std::string name;
  std::vector<Json> repeats;  // results.json of each repeat that has one

  bool matches(const config::Selector& selector) const;
  std::string label(const std::string& dimension) const;
  /// Of the measured phase. Nothing if no repeat has it.
  std::optional<Sample> metric(const std::string& name) const;
  /// The measured phase of the first repeat; null if there are no results.
  const Json& phase() const;
};

struct RunData {
  std::filesystem::path path;
  Json manifest, resolved;
  std::vector<PointData> points;

  std::string compare() const;   // the dimension that stands side by side; "" without a sweep
  std::string baseline() const;  // its label
  /// Labels of a dimension in the order of the points.
  std::vector<std::string> labels_of(const std::string& dimension) const;
  /// The point that differs from `point` in this label alone; nullptr if there is none.
  const PointData* sibling(const PointData& point, const std::string& dimension,
                           const std::string& label) const;
  /// A metric, "slowdown" included.
  std::optional<Sample> metric(const PointData& point, const std::string& name) const;
  /// Points grouped by everything but the compared dimension: one row each.
  struct Row {
    config::Labels labels;
    std::vector<const PointData*> points;  // one per label of compare(); nullptr where missing
  };
  std::vector<Row> rows() const;
};

Result<RunData, Error> load_run(const std::filesystem::path& directory);

/// What became of one expectation at one point.
struct ExpectationResult {
  std::string that, where;
  std::string found;  // "41.0 < 402.3"
  bool holds = false;
};
std::vector<ExpectationResult> check_expectations(const RunData& run);

/// Identities that do not hold: "p03 roi elapsed: 12 != 13".
std::vector<std::string> red_identities(const RunData& run);

/// What a reader must know before believing a number: points that did not end well or never reached
/// the phase that was to be measured. One sentence each.
std::vector<std::string> warnings(const RunData& run);

/// A number as tables show it: 1234 -> "1,234", 0.1234 with unit "ratio" -> "12.3 %".
std::string show_number(double value, const std::string& unit);

}  // namespace cli
