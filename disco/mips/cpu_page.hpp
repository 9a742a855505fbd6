// The per-CPU page: what the entry assembly reaches from $0, the counters, and the objects that
// exist once per CPU. All of the monitor's changing data hangs off this page, and none is in .data
// or .bss.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/address.hpp"
#include "disco/core/counters.hpp"
#include "disco/core/vm/guest_context.hpp"
#include "disco/core/vm/processor.hpp"
#include "disco/mips/layout.h"

namespace disco {

struct Vcpu;
class MipsHardware;

/// What the host finds at the symbol disco_directory, in CPU 0's page; big-endian words.
struct Directory {
  std::uint64_t cpus = 0;
  MachineAddr pages;    // a word a CPU: the machine address of its page
  MachineAddr records;  // VmRecord a VM
  std::uint64_t vms = 0;
};

struct CpuPage {
  std::uint64_t
      saved[5];  // k0, k1, at, v0, v1 of the guest, during entry and the assembly miss path
  std::uint64_t context;     // GuestContext of the running VCPU
  std::uint64_t stack;       // top of this CPU's stack
  std::uint64_t in_monitor;  // not 0 between entry and exit: an exception then is the monitor's own
  std::uint64_t resume;      // where such an exception continues instead, if not 0
  std::uint64_t running;     // VcpuName of what runs, for the host; 0 while the CPU is idle
  Vcpu* vcpu;
  MipsHardware* hardware;
  Processor* processor;
  alignas(8) std::byte hardware_storage[64];
  alignas(8) std::byte processor_storage[PAGE_DIRECTORY_AT - 13 * 8 - 64];
  Directory directory;  // symbol disco_directory
  std::byte unused[PAGE_COUNTERS_AT - PAGE_DIRECTORY_AT - sizeof(Directory)];
  Counters counters;  // symbol disco_counters
};

/// The calling CPU's page, by the address at which every CPU finds its own.
inline CpuPage& this_cpu() {
  return *reinterpret_cast<CpuPage*>(static_cast<std::int64_t>(PAGE_BASE));
}

}  // namespace disco
