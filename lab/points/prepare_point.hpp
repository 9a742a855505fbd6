// A point of an experiment, ready to run, or why it cannot be.
#pragma once

#include "config/check_start.hpp"
#include "config/experiment.hpp"
#include "config/locations.hpp"
#include "config/prepare.hpp"

namespace lab {
using namespace common;

/// config::prepare(), and kConfig errors where the machine is not possible, with the caches that a
/// phase may want, or where it or the monitor would not start. So what is wrong with a later point
/// is known before the first one runs.
Result<config::Prepared, Error> prepare_point(const config::Experiment& experiment,
                                              const config::Point& point,
                                              const config::Locations& locations,
                                              config::StartChecks& starts);

}  // namespace lab
