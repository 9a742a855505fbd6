// What a kernel finds itself on: the machine's processors, TLB and memory, or those of its virtual
// machine. Two points are comparable in so far as these are equal.
#pragma once

#include <cstdint>
#include <string>

#include "config/experiment.hpp"

namespace config {

struct SystemFacts {
  bool virtualised = false;
  std::uint64_t machine_processors = 1;
  std::uint64_t processors = 1;  // that the kernel has: the machine's, or VCPUs
  std::uint64_t machine_tlb_entries = 64;
  std::uint64_t tlb_entries = 64;  // that the kernel has
  std::uint64_t memory = 0;        // that the kernel has, bytes; of several, the largest
  std::uint64_t virtual_machines = 0;
  std::string fidelity;  // outside phases that have their own
};

/// Requires: every key of the schema's points.
SystemFacts facts_of(const Values& values);

/// The names and texts under which reports show them, in their order.
std::vector<std::pair<std::string, std::string>> shown_facts(const SystemFacts& facts);

}  // namespace config
