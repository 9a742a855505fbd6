// Where a guest goes after an instruction that the monitor carried out for it, when that
// instruction stands in a delay slot: the branch before it is worked out from the guest's
// registers.
#pragma once

#include <cstdint>
#include <optional>

#include "disco/core/traps/instruction.hpp"
#include "disco/core/vm/guest_context.hpp"

namespace disco {

/// Whether bc1f and its kin need the FPU's condition bits to be decided.
bool is_fpu_branch(Instruction branch);

/// The address after the delay slot of `branch`, which stands at `pc`: its target if taken, pc + 8
/// if not. A likely branch whose slot executes was taken. Link registers were written by the
/// machine already. Nothing if it is no branch. `fcsr` is only looked at for is_fpu_branch.
std::optional<std::uint64_t> after_delay_slot(Instruction branch, std::uint64_t pc,
                                              const GuestContext& guest, std::uint32_t fcsr);

}  // namespace disco
