// From the machine's device tree to a VM that is ready to run: the page allocator, the VM's memory
// and tables, and the files that the boot loader left for it (docs/monitor.md, "Boot"). Everything
// in the trees and files is checked before anything is built from it.
#pragma once

#include <cstdint>

#include "disco/core/counters.hpp"
#include "disco/core/hardware.hpp"
#include "disco/core/memory/machine_memory.hpp"
#include "disco/core/memory/memmap.hpp"
#include "disco/core/vm/vcpu.hpp"

namespace disco {

struct BootInfo {
  MachineAddr tree;       // the machine's flattened device tree
  MachineAddr image_end;  // the monitor has [0, image_end)
  std::uint64_t prid = 0;
  std::uint64_t config = 0;  // the machine's Config; guests see it with K0 = 3
};

/// A booted monitor: its objects live in pages of the machine's memory, for ever.
struct Booted {
  Memmap* memmap = nullptr;
  Vcpu* vcpu = nullptr;  // nullptr: nothing runs; `why` and `detail` say why
  StopReason why;
  const char* detail = "";
};

Booted boot(const BootInfo& info, MachineMemory memory, Hardware& hardware, Counters& counters);

}  // namespace disco
