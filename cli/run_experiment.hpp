// A whole experiment: its run directory, its points in parallel, its manifest and report. `run` and
// `verify` are thin around this.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/command_line.hpp"
#include "cli/experiment_options.hpp"
#include "cli/run_directory.hpp"

namespace cli {

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
Result<FinishedRun, Error> run_experiment(Session& session, const LoadedExperiment& loaded,
                                          const RunOptions& options);

}  // namespace cli
