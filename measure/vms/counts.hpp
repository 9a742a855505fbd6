// What a CPU, its caches and the monitor on it have counted at one instant, as plain numbers: cheap
// enough to be read whenever another VCPU comes to the CPU.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/observer.hpp"
#include "machine/machine.hpp"

namespace measure {
using namespace common;

struct Counts {
  std::uint64_t cycles = 0, retired = 0;  // of the CPU's clock; instructions
  cpu::CpuCounters cpu;
  std::vector<std::uint64_t> memory;   // as the memory system tells them; empty before it counts
  std::vector<std::uint64_t> monitor;  // as counters.def has them; empty where they are not known

  /// Adds what was counted between two readings.
  void add(const Counts& now, const Counts& earlier);
  void add(const Counts& more) { add(more, {}); }
};

/// `at` is the event within which the reading happens, if it is on this CPU: the CPU's own counters
/// may lag a few instructions behind it, all of them in `mode`. `monitor`: where the monitor's
/// counters of this CPU are, and how many.
Counts read_counts(const machine::Machine& machine, const cpu::Cpu& cpu, const Moment* at,
                   Mode mode, std::optional<MachineAddr> monitor, std::size_t monitor_counters);

}  // namespace measure
