// The answer at the top of a report, as the experiment declares it: one metric, at some points, and
// a stated way to make one sentence of several workloads. Numbers of different workloads are never
// added up or averaged as such.
#pragma once

#include <string>

#include "lab/data/run_data.hpp"

namespace lab {

/// What report.headline of the run's experiment says.
config::Headline headline_of(const RunData& run);
/// "Cycles: parallel 65,101,232 (placement=first-touch), 82,990,100 (placement=node-0, 1.27x)."
std::string headline(const RunData& run);

}  // namespace lab
