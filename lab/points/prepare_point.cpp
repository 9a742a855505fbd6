#include "lab/points/prepare_point.hpp"

#include <algorithm>

#include "machine/check.hpp"

namespace lab {

Result<config::Prepared, Error> prepare_point(const config::Experiment& experiment,
                                              const config::Point& point,
                                              const config::Locations& locations,
                                              config::StartChecks& starts) {
  const bool caches = std::any_of(experiment.phases.begin(), experiment.phases.end(),
                                  [](const config::Phase& p) { return p.fidelity == "memory"; });
  const auto of_point = [&](Error error) {
    if (experiment.points.size() > 1 && error.code == ErrorCode::kConfig)
      error.where = point.name() + ": " + error.where;
    return Failure{std::move(error)};
  };
  if (auto possible = machine::check_machine(config::setup_of(point.values).machine, caches);
      !possible)
    return of_point(possible.error());
  auto prepared = config::prepare(point.values, locations);
  if (!prepared) return of_point(prepared.error());
  if (const auto starts_so = starts.check(*prepared, point.values); !starts_so)
    return of_point(starts_so.error());
  return prepared;
}

}  // namespace lab
