// What all CPUs of the monitor share.
#pragma once

#include <cstdint>

#include "disco/core/devices/console.hpp"
#include "disco/core/memory/machine_memory.hpp"
#include "disco/core/memory/memmap.hpp"
#include "disco/core/vm/processor.hpp"
#include "disco/core/vm/vm_slot.hpp"

namespace disco {

class SchedulingPolicy;

struct Monitor {
  explicit Monitor(MachineMemory memory) : memory{memory} {}

  MachineMemory memory;
  Memmap memmap;
  Console console;

  VmOptions options;
  unsigned cpus = 0;
  unsigned cpus_per_node = 0;
  Processor** processors = nullptr;  // [cpus]
  unsigned device_cpu = 0;           // that the machine's devices interrupt
  VmSlot* slots = nullptr;           // [vms]
  VmRecord* records = nullptr;       // [vms], for the host
  unsigned vms = 0;
  std::uint64_t vms_left = 0;     // that run or will; shared
  std::uint64_t slice_ticks = 0;  // of Count
  std::uint64_t ticks_per_second = 0;
  std::uint64_t idle[CpuSet::kWords] = {};  // CPUs that doze; shared
  /// For tests: whether VCPUs move to the next CPU after each slice, and whether every switch moves
  /// a page of some VM, or watches one.
  bool always_move = false, move_pages = false;
  SchedulingPolicy* policy = nullptr;

  Processor& processor(unsigned cpu) const { return *processors[cpu]; }
};

}  // namespace disco
