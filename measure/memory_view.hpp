// What a phase did to memory, for reports: which node's processors asked which home, the pages that
// were asked for most, and what references waited for, by processor and mode. Made of counters that
// the machine keeps anyway.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/json.hpp"
#include "machine/loaders/load_symbols.hpp"
#include "machine/machine.hpp"
#include "measure/tally.hpp"

namespace measure {
using namespace common;

/// Requests that a node's processors sent for the lines of a page.
struct PageCount {
  MachineAddr page;
  std::uint32_t node = 0;
  std::uint64_t reads = 0, writes = 0;
  std::uint64_t requests() const { return reads + writes; }
};

/// The counts of all pages since power-on, by page and node; empty without caches.
std::vector<PageCount> read_pages(const machine::Machine& machine);
/// What was counted between two readings.
std::vector<PageCount> pages_since(const std::vector<PageCount>& now,
                                   const std::vector<PageCount>& earlier);

/// The symbol that a page of node 0 holds for a kernel that runs unmapped there; "" if that is not
/// known.
std::string owner_of(MachineAddr page, const machine::SymbolTable& kernel);

/// {"heat", "pages", "modes", "cpus"}: requests [from][home]; the pages with most of them;
/// references and stall cycles by where they were served. Null where nothing was counted.
Json memory_json(const std::vector<PageCount>& pages, const std::vector<Tally>& by_cpu,
                 std::uint32_t cpus_per_node, const machine::SymbolTable& kernel);

}  // namespace measure
