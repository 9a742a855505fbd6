// Which events of the performance counters an instruction is when it graduates (R10000 UM 14.20,
// table 14-18). This processor executes in order and speculates nothing, so what issues also
// graduates.
#pragma once

#include <cstdint>

#include "cpu/isa/table.hpp"

namespace cpu {

/// Bits 0..15: events of counter 0; 16..31: those of counter 1.
using EventSet = std::uint32_t;

namespace events {
constexpr EventSet of_counter_0(unsigned number) { return EventSet{1} << number; }
constexpr EventSet of_counter_1(unsigned number) { return EventSet{1} << (16 + number); }

inline constexpr EventSet kCycles = of_counter_0(0) | of_counter_1(0);
inline constexpr EventSet kIssued = of_counter_0(1);
/// With prefetch, sync and CACHE.
inline constexpr EventSet kLoads = of_counter_0(2) | of_counter_1(2);
inline constexpr EventSet kStores = of_counter_0(3) | of_counter_1(3);  // with store-conditional
inline constexpr EventSet kConditionalStores = of_counter_0(4) | of_counter_1(4);
inline constexpr EventSet kFailedConditionalStores = of_counter_0(5);
inline constexpr EventSet kBranches = of_counter_0(6);  // conditional branches resolved
inline constexpr EventSet kGraduated = of_counter_0(15) | of_counter_1(1);
inline constexpr EventSet kFloatingPoint = of_counter_1(5);
inline constexpr EventSet kTlbMisses = of_counter_1(7);
// In fidelity memory.
inline constexpr EventSet kInstructionMisses = of_counter_0(9),
                          kSecondaryInstructionMisses = of_counter_0(10);
inline constexpr EventSet kDataMisses = of_counter_1(9), kSecondaryDataMisses = of_counter_1(10);
inline constexpr EventSet kStoresToShared = of_counter_1(15);

/// Those that need a look at every instruction.
inline constexpr EventSet kOfInstructions = kIssued | kLoads | kStores | kConditionalStores |
                                            kFailedConditionalStores | kBranches | kGraduated |
                                            kFloatingPoint;
}  // namespace events

/// An integer multiply or divide graduates as two instructions.
constexpr bool graduates_twice(Insn insn) {
  const CycleClass c = row_of(insn).cycles;
  return c >= CycleClass::kMult && c <= CycleClass::kDdiv;
}

/// Memory instructions by major opcode.
constexpr EventSet memory_events_of(Insn insn) {
  switch (insn) {
    case Insn::sc:
    case Insn::scd: return events::kStores | events::kConditionalStores;
    case Insn::swxc1:
    case Insn::sdxc1: return events::kStores;
    case Insn::lwxc1:
    case Insn::ldxc1:
    case Insn::prefx:
    case Insn::pref:
    case Insn::cache:
    case Insn::sync: return events::kLoads;
    default: break;
  }
  const unsigned opcode = row_of(insn).pattern.match >> 26;
  constexpr unsigned kLdl = 0b011010, kLdr = 0b011011, kFirst = 0b100000, kStoreBit = 0b001000;
  if (opcode == kLdl || opcode == kLdr) return events::kLoads;
  if (opcode < kFirst) return 0;
  return (opcode & kStoreBit) != 0 ? events::kStores : events::kLoads;
}

/// The events of an instruction that completed, except that a store-conditional failed.
constexpr EventSet events_of(Insn insn, std::uint32_t word) {
  using namespace effects;
  const Row& row = row_of(insn);
  const EventSet memory = memory_events_of(insn);
  EventSet set = events::kGraduated | memory;
  if ((row.effects & (kBranch | kBranchLikely)) != 0) set |= events::kBranches;
  // "Any instruction that sets the FP Status register bits (EVZOUI)".
  if (row.cycles >= CycleClass::kFpAdd) set |= events::kFloatingPoint;
  // What goes to no unit that executes: the manual lists them.
  const bool is_fp_branch =
      (row.effects & (kBranch | kBranchLikely)) != 0 && (row.effects & kCp1) != 0;
  const bool is_unissued = word == 0 || is_fp_branch || insn == Insn::break_ ||
                           insn == Insn::syscall || (row.effects & kJump) != 0 ||
                           ((row.effects & kCp0) != 0 && memory == 0);
  if (!is_unissued) set |= events::kIssued;
  return set;
}

}  // namespace cpu
