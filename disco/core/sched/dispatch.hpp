// What a CPU does when the guest that ran on it does not go on: it ends, dozes or has had its
// slice. Another is entered, or the CPU sleeps until there is one.
#pragma once

#include "disco/core/vm/scheduling_policy.hpp"

namespace disco {

/// `answer` is what the last trap of `here.running` came to (nothing runs: whatever). Returns the
/// VCPU to enter next on this CPU, which may be the same, with its interrupts delivered. nullptr:
/// the last VM has ended, by this CPU's doing.
Vcpu* dispatch(Processor& here, TrapAnswer answer);

}  // namespace disco
