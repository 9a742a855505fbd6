// The monitor's start on the machine: on the boot CPU, and from it on the others.
#pragma once

#include "common/address.hpp"

namespace disco {
using namespace common;

/// Boots by the device tree at `tree`, makes the page of every CPU and launches the others. What
/// cannot start ends the machine with a sentence. On return this CPU's page is complete.
void start_monitor(MachineAddr tree);

}  // namespace disco
