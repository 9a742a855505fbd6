// A finished run read back from its directory: what tables, reports and comparisons are made of.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "common/json.hpp"
#include "common/result.hpp"
#include "config/experiment.hpp"

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

/// Whether the results of both are of the same phase: one beside the whole run is no comparison.
bool same_phase(const PointData& a, const PointData& b);

}  // namespace lab
