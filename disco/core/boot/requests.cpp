#include "disco/core/boot/requests.hpp"

#include "disco/core/devices/console.hpp"
#include "disco/core/memory/guest_address.hpp"
#include "disco/core/tlb/l2_tlb.hpp"
#include "disco/core/tlb/virtual_tlb.hpp"

namespace disco {

namespace {

constexpr std::uint64_t kDefaultSlice = 10'000'000;  // nanoseconds

Refusal machine_refusal(const char* sentence) { return {StopCode::kBadMachine, sentence}; }
Refusal guest_refusal(const char* sentence) { return {StopCode::kBadImage, sentence}; }

bool has_argument(const Fdt& tree, std::string_view name) {
  const auto chosen = tree.find("/chosen");
  const auto args = chosen ? tree.property(*chosen, "bootargs") : std::nullopt;
  if (!args) return false;
  const std::string_view text{reinterpret_cast<const char*>(args->data()), args->size()};
  return text.find(name) != std::string_view::npos;
}

/// A file in memory; nothing if it is not wholly there.
std::optional<MachineExtent> extent(const Fdt& tree, Fdt::Node node, std::string_view name,
                                    const MachineTree& machine) {
  const auto at = tree.cell64(node, name, 0), bytes = tree.cell64(node, name, 1);
  if (!at || !bytes) return std::nullopt;
  const MachineExtent e{MachineAddr{*at}, *bytes};
  const bool sound = e.is_empty() || (e.at.is_aligned(kPageSize) && machine.contains(e));
  return sound ? std::optional{e} : std::nullopt;
}

Refusal read_cpus(const Fdt& tree, Fdt::Node node, const MachineTree& machine, CpuSet& cpus) {
  const auto cells = tree.property(node, "cpus");
  if (!cells) {
    for (unsigned cpu = 0; cpu < machine.cpus; ++cpu) cpus.insert(cpu);
    return {};
  }
  for (std::size_t n = 0; n + 4 <= cells->size(); n += 4) {
    std::uint32_t cpu = 0;
    for (unsigned byte = 0; byte < 4; ++byte)
      cpu = cpu << 8 | static_cast<std::uint8_t>((*cells)[n + byte]);
    if (cpu >= machine.cpus)
      return machine_refusal("a virtual machine names a CPU that is not there");
    cpus.insert(cpu);
  }
  return cells->size() < 4 ? machine_refusal("a virtual machine may run on no CPU") : Refusal{};
}

Refusal read_files(const Fdt& tree, Fdt::Node node, const MachineTree& machine, VmRequest& r) {
  const auto kernel = extent(tree, node, "kernel", machine),
             dtb = extent(tree, node, "dtb", machine);
  if (!kernel || kernel->is_empty())
    return machine_refusal("a virtual machine names no kernel in memory");
  if (!dtb || dtb->is_empty())
    return machine_refusal("a virtual machine names no device tree in memory");
  if (tree.property(node, "initrd")) {
    const auto initrd = extent(tree, node, "initrd", machine);
    if (!initrd) return machine_refusal("the initrd of a virtual machine is not in memory");
    r.initrd = *initrd;
  }
  r.kernel = *kernel;
  r.tree = *dtb;
  return {};
}

Refusal read_guest_tree(MachineMemory memory, VmRequest& r) {
  const auto tree = Fdt::open({memory.at(r.tree.at), r.tree.bytes});
  if (!tree) return guest_refusal("the guest's device tree is damaged");
  std::uint64_t entries = r.tlb_entries;
  if (const auto cpu = tree->find("/cpus/cpu@0")) {
    r.clock_hz = tree->number(*cpu, "clock-frequency").value_or(0);
    entries = tree->number(*cpu, "disco,tlb-entries").value_or(entries);
  }
  if (entries < VirtualTlb::kMinEntries || entries > VirtualTlb::kMaxEntries)
    return guest_refusal("disco,tlb-entries of the guest is not between 8 and 512");
  r.tlb_entries = static_cast<std::uint32_t>(entries);
  std::uint64_t initrd_end = 0;
  if (const auto chosen = tree->find("/chosen")) {
    r.initrd_at = tree->number(*chosen, "linux,initrd-start").value_or(0);
    initrd_end = tree->number(*chosen, "linux,initrd-end").value_or(0);
  }
  if (!r.initrd.is_empty() &&
      (r.initrd_at % kPageSize != 0 || initrd_end - r.initrd_at != r.initrd.bytes))
    return guest_refusal("the guest's device tree places another initrd than it was given");
  return {};
}

}  // namespace

Refusal read_monitor_request(const Fdt& tree, const MachineTree& machine, MonitorRequest& request) {
  const auto disco = tree.find("/disco");
  if (!disco) return machine_refusal("the device tree has no /disco node");
  request.options.l2tlb_entries = tree.number(*disco, "l2tlb-entries").value_or(0);
  if (!L2Tlb::is_valid_size(request.options.l2tlb_entries))
    return machine_refusal("l2tlb-entries is neither 0 nor a power of two from 2 to 1048576");
  request.options.large_pages = tree.number(*disco, "large-pages").value_or(0) != 0;
  request.options.fast_miss = !has_argument(tree, "no-fast-miss");
  request.always_move = has_argument(tree, "always-move");
  request.move_pages = has_argument(tree, "move-pages");
  request.slice_ticks = machine.ticks(tree.number(*disco, "slice").value_or(kDefaultSlice));
  if (request.slice_ticks == 0) return machine_refusal("slice is shorter than a tick of Count");
  const std::uint64_t device_cpu = tree.number(*disco, "device-cpu").value_or(0);
  if (device_cpu >= machine.cpus_per_node)
    return machine_refusal("device-cpu is not one of node 0, whose devices interrupt no other");
  request.device_cpu = static_cast<unsigned>(device_cpu);
  for (auto vm = tree.first_child(*disco); vm; vm = tree.next_sibling(*vm)) ++request.vms;
  if (request.vms == 0) return machine_refusal("the device tree has no /disco/vm@0");
  if (request.vms >= Console::kMonitor)
    return machine_refusal("there are more virtual machines than can be told apart");
  return {};
}

Refusal read_vm_request(const Fdt& tree, Fdt::Node node, const MachineTree& machine,
                        MachineMemory memory, VmRequest& r) {
  r.memory_bytes = tree.number(node, "memory-size").value_or(0);
  if (tree.number(node, "vcpus").value_or(1) != 1)
    return machine_refusal("only one VCPU is supported");
  if (r.memory_bytes < kLeastGuestMemory || r.memory_bytes > kMostGuestMemory ||
      r.memory_bytes % kPageSize != 0)
    return machine_refusal("memory-size of a guest is not whole pages from 2 MB to 256 MB");
  if (const Refusal no = read_cpus(tree, node, machine, r.cpus); no.sentence != nullptr) return no;
  r.start = machine.ticks(tree.number(node, "start").value_or(0));
  if (const auto stop = tree.number(node, "stop")) r.stop = machine.ticks(*stop);
  r.restarts = static_cast<std::uint32_t>(tree.number(node, "restarts").value_or(0));
  const std::uint64_t placement = tree.number(node, "placement").value_or(0);
  const std::uint64_t on = tree.number(node, "node").value_or(0);
  if (placement > static_cast<std::uint64_t>(Placement::kFixed) || on >= machine.nodes)
    return machine_refusal("placement of a virtual machine is unknown, or its node not there");
  r.placement = static_cast<Placement>(placement);
  r.node = static_cast<std::uint32_t>(on);
  if (const Refusal no = read_files(tree, node, machine, r); no.sentence != nullptr) return no;
  return read_guest_tree(memory, r);
}

}  // namespace disco
