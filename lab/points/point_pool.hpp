// Runs the points of a sweep in child processes, so many at a time: a point that crashes takes
// nothing else with it, and nothing is shared that could make one depend on another.
#pragma once

#include <functional>
#include <vector>

#include "lab/points/audience.hpp"
#include "lab/points/point_runner.hpp"

namespace lab {

struct PointOutcome {
  int exit_code = 0;  // as run_point(); 70 if the child died
  std::string error;  // sentence, where there were no results
};

struct PoolSetup {
  unsigned workers = 1;
  std::vector<std::uint64_t> expected;      // instructions of each job; 0: unknown
  std::vector<std::uint64_t> already_done;  // instructions of each run that an earlier invocation
                                            // completed
};

/// Called in the parent as each job ends.
using PointDone = std::function<void(std::size_t job, const PointOutcome&)>;

/// Returns when all jobs ended or, after an interrupt, when those under way have written what they
/// have; jobs not begun then have no outcome.
void run_points(const std::vector<PointJob>& jobs, const config::Locations& locations,
                const PoolSetup& setup, ProgressView& progress, const PointDone& done);

}  // namespace lab
