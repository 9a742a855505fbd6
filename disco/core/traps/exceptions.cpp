// Delivering an exception to a guest kernel: what the processor does to CP0 on an exception, done
// to the virtual registers (R10000 UM 17).
#include "hardware/r10000/exceptions.hpp"
#include "disco/core/mark.hpp"
#include "disco/core/traps/trap.hpp"

namespace disco {

namespace {

/// More exceptions than this on top of each other, none of them returned from, cannot be meant.
constexpr unsigned kMaxNested = 64;

void record_tlb_registers(VirtualCp0& cp0, VirtAddr va) {
  cp0[cp0::kContext] = context_of(cp0[cp0::kContext], va.bits());
  cp0[cp0::kXContext] = xcontext_of(cp0[cp0::kXContext], va.bits());
  cp0[cp0::kEntryHi] = (cp0[cp0::kEntryHi] & entry_hi::kAsid) | vpn2_bits(va);
}

// The refill vector follows the address: useg by UX, the kernel's segments by KX (R10000 UM 17.2).
std::uint64_t offset_of(const VirtualCp0& cp0, const GuestException& e) {
  if (!e.is_refill || cp0.has(status::kExl)) return vector_offset::kGeneral;
  const bool user_segment = e.compared.bits() >> kRegionShift == 0;
  return cp0.has(user_segment ? status::kUx : status::kKx) ? vector_offset::kXtlbRefill
                                                           : vector_offset::kTlbRefill;
}

}  // namespace

TrapAnswer deliver_exception(Vcpu& vcpu, const Trap& trap) {
  PHASE_MARK(reflection);
  VirtualCp0& cp0 = vcpu.cp0;
  const GuestException& e = vcpu.exception;
  const bool nested = cp0.has(status::kExl);
  if (nested && ++vcpu.nested_exceptions > kMaxNested) {
    return vcpu.stop_guest(StopCode::kEndlessExceptions,
                           "the guest's exception handlers fault endlessly");
  }
  if (e.is_address) cp0[cp0::kBadVAddr] = e.bad_vaddr.bits();
  if (e.is_tlb) record_tlb_registers(cp0, e.compared);
  cp0[cp0::kCause] &= ~(cause::kExcCode | cause::kCe);
  cp0[cp0::kCause] |= std::uint64_t{static_cast<std::uint8_t>(e.code)} << cause::kExcCodeShift |
                      std::uint64_t{e.coprocessor} << cause::kCeShift;
  if (!nested) {
    cp0[cp0::kEpc] = trap.epc;
    cp0[cp0::kCause] =
        trap.in_slot ? cp0[cp0::kCause] | cause::kBd : cp0[cp0::kCause] & ~cause::kBd;
  }
  const std::uint64_t offset = offset_of(cp0, e);
  vcpu.context.pc = kCssegWindow + offset;
  cp0[cp0::kStatus] |= status::kExl;
  vcpu.refresh();

  ++vcpu.counters.reflected;
  if (offset != vector_offset::kGeneral) ++vcpu.counters.reflected_refill;
  if (e.code == ExceptionCode::kInt) ++vcpu.counters.reflected_interrupt;
  if (e.code == ExceptionCode::kSys) ++vcpu.counters.reflected_syscall;
  return TrapAnswer::kHandled;
}

}  // namespace disco
