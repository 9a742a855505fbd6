// Whether a machine can be, asked before anybody makes one.
#pragma once

#include "common/error.hpp"
#include "common/result.hpp"
#include "machine/machine_config.hpp"

namespace machine {

/// kConfig error, which names the field, for what Machine::make() refuses; with `caches` also for
/// what keeps fidelity kMemory from being chosen later. Files of disks are not looked at.
Result<Nothing, Error> check_machine(const MachineConfig& config, bool caches);

}  // namespace machine
