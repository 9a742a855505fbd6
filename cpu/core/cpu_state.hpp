// What every instruction may touch: registers, time, the mode in force, and where the block under
// way stands. Plain data of standard layout, so that generated code reaches it by offset; it knows
// no other part.
//
// Invariants
//   1. Between blocks `regs.pc`, `cycle` and `retired` are exact. Inside a block they are those of
//      its start and the current instruction's own are those plus its InstructionSite's offsets. A
//      memory stall moves `cycle`, the start of the block, so offsets stay good.
//   2. `mode`, `context` and `decode_context` follow Status and EntryHi (Core::context_changed());
//      `data_context` is `context`, or kLinkedContext while an LL is outstanding (Link).
#pragma once

#include <cstdint>
#include <type_traits>

#include "common/address.hpp"
#include "common/state.hpp"
#include "common/units.hpp"
#include "cpu/core/contexts.hpp"
#include "cpu/core/instruction_site.hpp"
#include "cpu/core/pending_fault.hpp"
#include "cpu/core/registers.hpp"

namespace cpu {
using namespace common;

/// What generated code keeps beside the registers while it runs; nobody else's business.
struct GeneratedFrame {
  std::uint64_t end = 0;     // cycle at which generated code stops
  std::uint64_t lag = 0;     // cycles minus retired instructions, at the start of a block
  std::uint64_t budget = 0;  // cycles left where generated code is entered
  std::uint64_t taken = 0;   // whether a branch goes, while its delay slot executes
};

struct CpuState {
  /// Why a block must not go on past the instruction under way: it faulted; somebody wants to look
  /// at what it did; it must not even execute.
  static constexpr std::uint8_t kLeaveFault = 1, kLeaveAfter = 2, kLeaveBefore = 4;

  Registers regs;
  std::uint64_t context = 0;       // number of the translation context, as tags have it
  std::uint64_t data_context = 0;  // the one that data references are looked up with
  DecodeContext decode_context = 0;
  std::uint64_t cycle = 0;
  std::uint64_t retired = 0;
  VirtAddr branch_target;     // where control goes after the delay slot
  std::uint8_t leave = 0;     // a set of the kLeave bits
  bool attention = false;     // the loop around blocks has something to look at
  bool slot_pending = false;  // pc is the delay slot of a branch on the page before
  bool annulled = false;      // a branch-likely was not taken
  Mode mode = Mode::kKernel;
  const InstructionSite* left_at = nullptr;    // where the block was left early
  const InstructionSite* accessing = nullptr;  // a device is being accessed by this instruction
  std::uint64_t limit = 0;                     // cycle at which blocks stop following one another

  // The block under way; the last two only count in fidelity kMemory.
  std::uint64_t block_cycles = 0;  // static cycles
  MachineAddr block_at;            // of its first instruction
  bool block_is_cached = false;

  GeneratedFrame generated;

  PendingFault fault;  // counts while `leave` has kLeaveFault

  std::uint64_t cycle_at(const InstructionSite& site) const { return cycle + site.cycles_before; }
  std::uint64_t retired_at(const InstructionSite& site) const {
    return retired + site.retired_before;
  }
  VirtAddr pc_at(const InstructionSite& site) const { return regs.pc + site.offset; }
  /// When the instruction has completed, as far as is known statically.
  std::uint64_t cycle_after(const InstructionSite& site) const {
    return cycle_at(site) + site.cost;
  }

  mmu::AddressSpace address_space() const { return address_space_of(regs, mode); }
  bool is_reversed() const { return (decode_context & kDecodeReversed) != 0; }

  void raise(const PendingFault& what) {
    fault = what;
    leave |= kLeaveFault;
  }
  /// The block ends after the instruction under way, and the loop looks around.
  void demand_attention() {
    attention = true;
    leave |= kLeaveAfter;
  }

  // Two, for the order that snapshots have. Between blocks the rest follows from them.
  void visit_registers(StateVisitor& v) {
    StateSection section{v, "registers"};
    regs.visit(v);
  }
  void visit_time(StateVisitor& v) {
    v.field("cycle", cycle);
    v.field("retired", retired);
  }
};
static_assert(std::is_standard_layout_v<CpuState>);

}  // namespace cpu
