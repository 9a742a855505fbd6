// Taking a page of a guest out of a CPU's real TLB, by the names that it was given.
#pragma once

#include <cstdint>

#include "disco/core/counters.hpp"
#include "disco/core/hardware.hpp"
#include "disco/core/memory/pmap.hpp"

namespace disco {

/// What a CPU is to drop: the guest page at `page`, under `names` and under its own addresses in
/// the direct windows; or, if `names` is many, everything.
struct DropRequest {
  Backmap names;
  PhysAddr page;
};

/// Returns how many entries it dropped; a flush counts as one. Requires: the TLB's entries are
/// those of a VCPU of the VM whose page it is.
unsigned drop_page(const DropRequest& request, Hardware& hardware, Counters& counters);

}  // namespace disco
