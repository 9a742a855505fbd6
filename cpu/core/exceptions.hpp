// Taking and returning from exceptions (R10000 UM 17). One class raises; everything else only
// records what happened (CpuState::raise()).
#pragma once

#include "cpu/core/core.hpp"

namespace cpu {

class Exceptions {
 public:
  explicit Exceptions(Core& core) : core_{core} {}

  /// `pc` is the instruction's that did not complete, or the next one's for what comes between
  /// instructions.
  void take(const PendingFault& fault, VirtAddr pc, bool in_slot);
  /// NMI and soft reset, whichever is pending. Both keep what they do not name; a reset also drops
  /// what was waiting.
  void take_reset();
  /// ERET: leaves its target in CpuState::branch_target.
  void return_from(const InstructionSite& site);

 private:
  void record_address(const PendingFault& fault);
  void count(const PendingFault& fault, Mode from);
  std::uint64_t entry_cost() const;

  Core& core_;
};

}  // namespace cpu
