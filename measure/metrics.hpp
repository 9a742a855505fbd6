// The numbers that tables show, comparisons compare and expectations test: one name each, computed
// from a phase's counts. Rates are recomputed from sums, never averaged.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace measure {

struct PhaseResult;

using Metrics = std::map<std::string, double>;

struct MetricInfo {
  std::string name;  // "miss.mean"
  std::string unit;
  std::string what;
  bool lower_is_better = true;
  std::string title = {};  // of tables and sentences; the same wherever the number stands
};

/// Every metric, in the order of tables. "slowdown" needs a baseline and is computed by
/// comparisons.
const std::vector<MetricInfo>& metric_infos();
const MetricInfo* find_metric(const std::string& name);
std::vector<std::string> metric_names();
/// Those that tables of a run show, in their order.
const std::vector<std::string>& shown_metrics();

/// The metrics of one phase. Those that mean nothing there (the mean of no misses) are absent.
Metrics metrics_of(const PhaseResult& phase, bool virtualised, std::uint64_t clock_hz);

}  // namespace measure
