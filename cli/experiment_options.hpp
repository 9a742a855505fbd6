// The options of every verb that takes an experiment: run, check, plan, verify, record.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/session.hpp"
#include "common/result.hpp"
#include "config/experiment.hpp"
#include "config/locations.hpp"

namespace cli {

struct ExperimentOptions {
  std::string experiment;
  std::vector<std::string> set, only;
  std::optional<std::uint64_t> seed;
};

void add_experiment_options(CLI::App& verb, ExperimentOptions& options);

struct LoadedExperiment {
  config::Experiment experiment;
  config::Locations locations;
};

/// Loads it. Everything that is wrong with it is printed as it is found (or put into --json's
/// answer); the error then only says how much there was.
Result<LoadedExperiment, Error> load_experiment(Session& session, const ExperimentOptions& options);

}  // namespace cli
