// What the machine's device tree says of the machine.
#pragma once

#include <cstdint>

#include "disco/core/boot/fdt.hpp"
#include "disco/core/vm/vm_slot.hpp"

namespace disco {

/// RAM of one node: what fits below the I/O window, and the rest above it.
struct NodeRam {
  static constexpr unsigned kRanges = 2;
  MachineExtent ranges[kRanges];
  unsigned count = 0;

  bool contains(const MachineExtent& e) const {
    for (unsigned n = 0; n < count; ++n) {
      const MachineExtent& r = ranges[n];
      if (e.at >= r.at && e.bytes <= r.bytes && e.at - r.at <= r.bytes - e.bytes) return true;
    }
    return false;
  }
  std::uint64_t end() const {
    std::uint64_t highest = 0;
    for (unsigned n = 0; n < count; ++n)
      highest = ranges[n].end() > highest ? ranges[n].end() : highest;
    return highest;
  }
};

struct MachineTree {
  unsigned nodes = 0;
  unsigned cpus = 0;
  unsigned cpus_per_node = 0;
  std::uint64_t ticks_per_second = 0;  // of Count
  NodeRam ram[hardware::kMaxNodes];

  bool contains(const MachineExtent& e) const {
    const std::uint64_t node = e.at.bits() >> hardware::kNodeShift;
    return node < nodes && ram[node].contains(e);
  }
  unsigned node_of_cpu(unsigned cpu) const { return cpu / cpus_per_node; }
  std::uint64_t ticks(std::uint64_t nanoseconds) const;
};

/// Nullptr, or a sentence that says what is wrong: nothing in the tree is ignored that would be
/// memory or a CPU.
const char* read_machine_tree(const Fdt& tree, MachineTree& machine);

}  // namespace disco
