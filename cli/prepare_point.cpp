#include "cli/prepare_point.hpp"

#include <algorithm>

#include "config/machine_check.hpp"

namespace cli {

Result<config::Prepared, Error> prepare_point(const config::Experiment& experiment,
                                              const config::Point& point,
                                              const config::Locations& locations) {
  const bool caches = std::any_of(experiment.phases.begin(), experiment.phases.end(),
                                  [](const config::Phase& p) { return p.fidelity == "memory"; });
  if (auto possible = config::check_machine(config::machine_of(point.values), caches); !possible) {
    Error error = possible.error();
    if (experiment.points.size() > 1) error.where = point.name() + ": " + error.where;
    return Failure{error};
  }
  return config::prepare(point.values, locations);
}

}  // namespace cli
