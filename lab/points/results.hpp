// results.json and counters.csv of one point: everything that reports, comparisons and people's own
// tools read. Pure functions of a measurement.
#pragma once

#include <string>

#include "common/json.hpp"
#include "measure/measurement.hpp"

namespace lab {
using namespace common;

/// One phase with metrics, counters, episode classes, attribution and identities.
Json phase_json(const measure::PhaseResult& phase, bool virtualised, std::uint64_t clock_hz);

/// Rows "phase,name,unit,value" with a header; phases that never began are left out.
std::string counters_csv(const std::vector<measure::PhaseResult>& phases, const std::string& point,
                         std::uint64_t repeat);
/// Requests by page and node, of the whole run and the measured phase:
/// "point,repeat,phase,page,home,node,reads,writes,owner".
std::string pages_csv(const std::vector<measure::PhaseResult>& phases, const std::string& point,
                      std::uint64_t repeat, const machine::SymbolTable& kernel);
/// The counters of each CPU as CSV: "point,repeat,phase,node,cpu,name,unit,value".
std::string cpu_counters_csv(const std::vector<measure::PhaseResult>& phases,
                             const std::string& point, std::uint64_t repeat,
                             std::uint32_t cpus_per_node);

}  // namespace lab
