// Whether what an experiment describes would start, asked before anything runs: the machine is
// built and loaded as a run would do it, and where the monitor boots first, its own boot code is
// executed on the host, over a copy of what it would find in memory.
#pragma once

#include <set>
#include <string>

#include "config/prepare.hpp"

namespace config {

/// What building, loading or the monitor refuses, told by the name of the key that is to blame.
Result<Nothing, Error> check_start(const Prepared& prepared);

/// Checks the starts of many points, each kind of which is tried once.
class StartChecks {
 public:
  Result<Nothing, Error> check(const Prepared& prepared, const Values& values);

 private:
  std::set<std::string> passed_;
};

}  // namespace config
