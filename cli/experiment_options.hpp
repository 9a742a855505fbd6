// The options of every verb that takes an experiment: run, check, plan, verify, record.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/session.hpp"
#include "cli/verb.hpp"
#include "common/result.hpp"
#include "lab/run_experiment.hpp"

namespace cli {
using namespace common;

struct ExperimentOptions {
  std::string experiment;
  std::vector<std::string> set, only;
  std::optional<std::uint64_t> seed;
};

void add_experiment_options(Verb verb, ExperimentOptions& options);

/// Loads it. Everything that is wrong with it is printed as it is found (or put into --json's
/// answer); the error then only says how much there was.
Result<lab::LoadedExperiment, Error> load_experiment(Session& session,
                                                     const ExperimentOptions& options);

}  // namespace cli
