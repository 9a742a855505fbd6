// A whole experiment: its run directory, its points in parallel, its manifest and report. `run` and
// `verify` are thin around this.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/experiment.hpp"
#include "config/locations.hpp"
#include "lab/data/run_directory.hpp"
#include "lab/points/audience.hpp"

namespace lab {
using namespace common;

/// An experiment, and where what it names is found.
struct LoadedExperiment {
  config::Experiment experiment;
  config::Locations locations;
};

struct RunOptions {
  std::filesystem::path root = "runs";
  unsigned jobs = 0;                   // 0: one per host CPU
  std::optional<double> host_seconds;  // for each point
  std::optional<std::uint64_t> instructions;
  std::string resume;                // a run directory or "latest"; empty: a new one
  std::vector<std::string> command;  // as it was typed, for the manifest
};

struct FinishedRun {
  std::filesystem::path directory;
  int exit_code = 0;
};

/// Runs every point and writes everything. What goes wrong in a point is reported and becomes part
/// of the exit code; an error means that there is no run.
Result<FinishedRun, Error> run_experiment(const Audience& audience, ProgressView& progress,
                                          const LoadedExperiment& loaded,
                                          const RunOptions& options);

}  // namespace lab
