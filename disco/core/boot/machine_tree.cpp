#include "disco/core/boot/machine_tree.hpp"

namespace disco {

namespace {

using hardware::kMaxNodes;
using hardware::kNodeBytes;
using hardware::kNodeShift;

const char* read_memory(const Fdt& tree, Fdt::Node node, MachineTree& machine) {
  for (unsigned n = 0;; n += 2) {
    const auto at = tree.cell64(node, "reg", n), bytes = tree.cell64(node, "reg", n + 1);
    if (!at || !bytes) return nullptr;
    if (*bytes == 0) continue;
    const std::uint64_t number = *at >> kNodeShift;
    if (number >= kMaxNodes || *bytes > kNodeBytes - (*at & (kNodeBytes - 1)))
      return "the device tree describes memory that no node can have";
    NodeRam& ram = machine.ram[number];
    if (ram.count == NodeRam::kRanges)
      return "the device tree describes more ranges of memory for a node than two";
    ram.ranges[ram.count++] = {MachineAddr{*at}, *bytes};
    if (number >= machine.nodes) machine.nodes = static_cast<unsigned>(number) + 1;
  }
}

const char* read_cpus(const Fdt& tree, Fdt::Node node, MachineTree& machine) {
  unsigned of_node_0 = 0;
  for (auto cpu = tree.first_child(node); cpu; cpu = tree.next_sibling(*cpu)) {
    if (!tree.name(*cpu).starts_with("cpu@")) continue;
    if (tree.number(*cpu, "reg").value_or(machine.cpus) != machine.cpus)
      return "the device tree numbers its CPUs other than from 0 upwards";
    if (tree.number(*cpu, "numa-node-id").value_or(0) == 0) ++of_node_0;
    if (machine.cpus == 0)
      machine.ticks_per_second = tree.number(*cpu, "timebase-frequency").value_or(0);
    ++machine.cpus;
  }
  machine.cpus_per_node = of_node_0;
  return nullptr;
}

}  // namespace

std::uint64_t MachineTree::ticks(std::uint64_t nanoseconds) const {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  return nanoseconds / kSecond * ticks_per_second +
         nanoseconds % kSecond * ticks_per_second / kSecond;
}

const char* read_machine_tree(const Fdt& tree, MachineTree& machine) {
  const auto root = tree.root();
  if (!root) return "the machine's device tree is damaged";
  for (auto node = tree.first_child(*root); node; node = tree.next_sibling(*node)) {
    const char* wrong = nullptr;
    if (tree.name(*node).starts_with("memory@")) wrong = read_memory(tree, *node, machine);
    if (tree.name(*node) == "cpus") wrong = read_cpus(tree, *node, machine);
    if (wrong != nullptr) return wrong;
  }
  if (machine.cpus == 0) machine.cpus = machine.cpus_per_node = 1;
  if (machine.ticks_per_second == 0) machine.ticks_per_second = 100'000'000;
  if (machine.nodes == 0) return "the device tree describes no memory";
  if (machine.cpus > CpuSet::kMost || machine.cpus_per_node == 0 ||
      machine.cpus != machine.cpus_per_node * machine.nodes)
    return "the device tree gives its nodes different numbers of CPUs, or more than there can be";
  return nullptr;
}

}  // namespace disco
