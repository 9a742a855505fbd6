#include "config/system_facts.hpp"

#include <algorithm>

#include "config/schema/quantity.hpp"
#include "config/setup.hpp"
#include "machine/parameters.hpp"

namespace config {

SystemFacts facts_of(const Values& values) {
  const Setup setup = setup_of(values);
  const machine::MachineConfig& machine = setup.machine;
  const machine::Parameter& fidelity = machine::parameter("machine.fidelity");
  SystemFacts facts;
  facts.virtualised = setup.virtualised;
  facts.machine_processors = std::uint64_t{machine.nodes} * machine.cpus_per_node;
  facts.machine_tlb_entries = machine.tlb.entries;
  facts.fidelity = text_of(fidelity, fidelity.get(machine, 0));
  if (facts.virtualised) {
    facts.processors = machine::kVcpus;
    facts.tlb_entries =
        setup.monitor.tlb_entries == 0 ? facts.machine_tlb_entries : setup.monitor.tlb_entries;
    facts.memory = setup.vms.empty() ? setup.vm_memory : 0;
    facts.virtual_machines = setup.vms.empty() ? 1 : 0;
    for (const VmSetup& vm : setup.vms) {
      facts.virtual_machines += vm.count;
      if (vm.count != 0) facts.memory = std::max(facts.memory, vm.memory.value_or(setup.vm_memory));
    }
  } else {
    facts.processors = facts.machine_processors;
    facts.tlb_entries = facts.machine_tlb_entries;
    facts.memory = machine.nodes * machine.memory_per_node;
  }
  return facts;
}

std::vector<std::pair<std::string, std::string>> shown_facts(const SystemFacts& facts) {
  return {{"processors of the machine", std::to_string(facts.machine_processors)},
          {"virtual machines", std::to_string(facts.virtual_machines)},
          {"processors of the kernel", std::to_string(facts.processors)},
          {"TLB entries of the machine", std::to_string(facts.machine_tlb_entries)},
          {"TLB entries of the kernel", std::to_string(facts.tlb_entries)},
          {"memory of the kernel", format_quantity(facts.memory, Unit::kBytes)},
          {"fidelity", facts.fidelity}};
}

}  // namespace config
