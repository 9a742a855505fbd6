// What /disco of the machine's device tree, and the guests' own trees, ask of the monitor.
#pragma once

#include <cstdint>

#include "disco/core/boot/machine_tree.hpp"
#include "disco/core/memory/machine_memory.hpp"
#include "disco/core/vm/vcpu.hpp"

namespace disco {

struct MonitorRequest {
  VmOptions options;
  unsigned vms = 0;
  unsigned device_cpu = 0;
  std::uint64_t slice_ticks = 0;
  bool always_move = false, move_pages = false;
};

/// Why something asked for cannot be had; `sentence` nullptr: it can.
struct Refusal {
  StopCode code{};
  const char* sentence = nullptr;
  const char* detail = "";
};

Refusal read_monitor_request(const Fdt& tree, const MachineTree& machine, MonitorRequest& request);

/// Calls `vm(request)` for each /disco/vm@N, in order, until one is refused.
template <class F>
Refusal for_each_vm(const Fdt& tree, const MachineTree& machine, MachineMemory memory, F vm);

/// One of them.
Refusal read_vm_request(const Fdt& tree, Fdt::Node node, const MachineTree& machine,
                        MachineMemory memory, VmRequest& request);

template <class F>
Refusal for_each_vm(const Fdt& tree, const MachineTree& machine, MachineMemory memory, F vm) {
  const auto disco = tree.find("/disco");
  for (auto node = tree.first_child(*disco); node; node = tree.next_sibling(*node)) {
    VmRequest request;
    const Refusal refusal = read_vm_request(tree, *node, machine, memory, request);
    if (refusal.sentence != nullptr) return refusal;
    vm(request);
  }
  return {};
}

}  // namespace disco
