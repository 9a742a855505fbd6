// What caches, directories and MAGIC counted in one machine, written out: by CPU, by node, by page.
#pragma once

#include <string>

#include "common/json.hpp"
#include "machine/machine.hpp"

namespace measure {
using namespace common;

/// Everything since power-on, with the shape of the machine: {"shape", "cpus", "homes", "pages"}.
/// Requires: the machine has been in fidelity memory.
Json memory_counts(const machine::Machine& machine);

/// MAGIC's counts as software sees them now: "page,home,node,reads,writes" with a header, pages and
/// nodes without any left out.
std::string page_counts_csv(const machine::Machine& machine);

}  // namespace measure
