// From the machine's device tree to a monitor that knows its memory, its CPUs and the virtual
// machines that it is to run (docs/monitor.md, "Boot"). Everything in the trees is checked before
// anything is built from it.
#pragma once

#include <cstdint>

#include "disco/core/hardware.hpp"
#include "disco/core/vm/monitor.hpp"
#include "disco/core/vm/vcpu.hpp"

namespace disco {

struct BootInfo {
  MachineAddr tree;               // the machine's flattened device tree
  MachineAddr image_end;          // the monitor has [0, image_end) of node 0
  std::uint64_t alias_bytes = 0;  // what every node keeps for its copy of text and constants
  std::uint32_t prid = 0;
  std::uint32_t config = 0;  // the machine's Config; guests see it with K0 = 3
};

/// A booted monitor: its objects live in pages of the machine's memory, for ever. What is left to
/// the caller are the processors.
struct Booted {
  Monitor* monitor = nullptr;  // nullptr: nothing runs; `why` and `detail` say why
  StopReason why;
  const char* detail = "";
};

Booted boot(const BootInfo& info, MachineMemory memory, Hardware& hardware);

/// Schedules the starts of those VMs whose home is `here`. Once for each CPU.
void schedule_own_vms(Processor& here);

}  // namespace disco
