// What an instruction that could not complete leaves for the exception logic. Recording one raises
// nothing: whoever runs the instruction stops there and calls Exceptions::take().
#pragma once

#include <cstdint>

#include "common/address.hpp"
#include "cpu/semantics/ops.hpp"
#include "mmu/translate.hpp"

namespace cpu {
using namespace common;

struct PendingFault {
  ExceptionCode code{};
  VirtAddr bad_vaddr{};
  bool is_address = false;  // BadVAddr is set
  bool is_tlb = false;      // Context, XContext and EntryHi are set
  bool is_refill = false;
  bool extended = false;  // a refill for the XTLB vector
  bool is_store = false;
  bool is_fetch = false;
  std::uint8_t coprocessor = 0;
};

/// The fault of a reference to `va` that mmu::translate() refused.
constexpr PendingFault address_fault(const mmu::Fault& refused, VirtAddr va, mmu::Access access) {
  using mmu::FaultKind;
  const bool is_store = access == mmu::Access::kStore;
  PendingFault fault{.bad_vaddr = va,
                     .is_address = true,
                     .is_tlb = refused.kind != FaultKind::kAddressError,
                     .is_refill = refused.kind == FaultKind::kRefill,
                     .extended = refused.extended,
                     .is_store = is_store,
                     .is_fetch = access == mmu::Access::kFetch};
  if (!fault.is_tlb) {
    fault.code = is_store ? ExceptionCode::kAdES : ExceptionCode::kAdEL;
  } else if (refused.kind == FaultKind::kModified) {
    fault.code = ExceptionCode::kMod;
  } else {
    fault.code = is_store ? ExceptionCode::kTlbS : ExceptionCode::kTlbL;
  }
  return fault;
}

}  // namespace cpu
