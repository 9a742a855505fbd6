#include "config/system_facts.hpp"

#include "config/schema/quantity.hpp"
#include "machine/boot/boot.hpp"

namespace config {

SystemFacts facts_of(const Values& values) {
  const auto number = [&values](const char* path) { return values.at(path).get<std::uint64_t>(); };
  SystemFacts facts;
  facts.virtualised = values.at("monitor.kind") == "disco";
  facts.machine_processors = number("machine.nodes") * number("machine.cpus_per_node");
  facts.machine_tlb_entries = number("machine.cpu.tlb.entries");
  facts.fidelity = values.at("machine.fidelity").get<std::string>();
  if (facts.virtualised) {
    const std::uint64_t entries = number("monitor.tlb.entries");
    facts.processors = machine::kVcpus;
    facts.tlb_entries = entries == 0 ? facts.machine_tlb_entries : entries;
    facts.memory = number("monitor.vm.memory");
  } else {
    facts.processors = facts.machine_processors;
    facts.tlb_entries = facts.machine_tlb_entries;
    facts.memory = number("machine.nodes") * number("machine.mem.per_node");
  }
  return facts;
}

std::vector<std::pair<std::string, std::string>> shown_facts(const SystemFacts& facts) {
  return {{"processors of the machine", std::to_string(facts.machine_processors)},
          {"processors of the kernel", std::to_string(facts.processors)},
          {"TLB entries of the machine", std::to_string(facts.machine_tlb_entries)},
          {"TLB entries of the kernel", std::to_string(facts.tlb_entries)},
          {"memory of the kernel", format_quantity(facts.memory, Unit::kBytes)},
          {"fidelity", facts.fidelity}};
}

}  // namespace config
