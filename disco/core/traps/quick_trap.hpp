// The traps that a guest kernel's handlers are made of, done with few registers saved: the
// reflected user miss and system call, plain moves to and from CP0, reads of Cause, mtc0 Status,
// tlbwr and eret in their usual forms. What it does is what handle_trap() would do; what it does
// not know, it leaves to that, untouched.
#pragma once

#include <cstdint>

#include "disco/core/vm/vcpu.hpp"

namespace disco {

/// General registers that the assembly has not saved when it asks for a quick answer: those that
/// compiled code preserves (s0-s7, gp, s8).
inline constexpr std::uint32_t kUnsavedRegisters = 0x50ff0000;

/// Requires, of both: the context holds the guest's registers but for kUnsavedRegisters. True: the
/// guest goes on where its context says, with no virtual interrupt due. False: nothing has changed.

/// Through the general vector; BadVAddr is not in the context yet.
bool quick_trap(Vcpu& vcpu);
/// Through a refill vector, BadVAddr saved: a user page that neither virtual TLB nor L2TLB has.
bool quick_refill(Vcpu& vcpu);

}  // namespace disco
