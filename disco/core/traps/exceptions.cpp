// Delivering an exception to a guest kernel: what the processor does to CP0 on an exception, done
// to the virtual registers (R10000 UM 17).
#include "disco/core/mark.hpp"
#include "disco/core/traps/trap.hpp"

namespace disco {

namespace {

constexpr std::uint64_t kRefillOffset = 0x000, kXRefillOffset = 0x080, kGeneralOffset = 0x180;

/// More exceptions than this on top of each other, none of them returned from, cannot be meant.
constexpr unsigned kMaxNested = 64;

// Context: PTEBase[63:23] BadVPN2[22:4]; XContext: PTEBase[63:37] R[36:35] BadVPN2[34:4]
// (R10000 UM 14.5, 14.21).
void record_tlb_registers(VirtualCp0& cp0, VirtAddr va) {
  const std::uint64_t vpn2 = va.bits() >> 13;
  const std::uint64_t region = va.bits() >> 62;
  cp0[kCp0Context] = (cp0[kCp0Context] & kContextBase) | (vpn2 & 0x7ffff) << 4;
  cp0[kCp0XContext] = (cp0[kCp0XContext] & kXContextBase) | region << 35 | (vpn2 & 0x7fffffff) << 4;
  cp0[kCp0EntryHi] = (cp0[kCp0EntryHi] & entry_hi::kAsid) | vpn2_bits(va);
}

// The refill vector follows the address: useg by UX, the kernel's segments by KX (R10000 UM 17.2).
std::uint64_t vector_offset(const VirtualCp0& cp0, const GuestException& e) {
  if (!e.is_refill || cp0.has(status::kExl)) return kGeneralOffset;
  const bool user_segment = e.compared.bits() >> 62 == 0;
  return cp0.has(user_segment ? status::kUx : status::kKx) ? kXRefillOffset : kRefillOffset;
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
  if (e.is_address) cp0[kCp0BadVAddr] = e.bad_vaddr.bits();
  if (e.is_tlb) record_tlb_registers(cp0, e.compared);
  cp0[kCp0Cause] &= ~(cause::kExcCode | cause::kCe);
  cp0[kCp0Cause] |= std::uint64_t{static_cast<std::uint8_t>(e.code)} << cause::kExcCodeShift |
                    std::uint64_t{e.coprocessor} << cause::kCeShift;
  if (!nested) {
    cp0[kCp0Epc] = trap.epc;
    cp0[kCp0Cause] = trap.in_slot ? cp0[kCp0Cause] | cause::kBd : cp0[kCp0Cause] & ~cause::kBd;
  }
  const std::uint64_t offset = vector_offset(cp0, e);
  vcpu.context.pc = kCssegWindow + offset;
  cp0[kCp0Status] |= status::kExl;
  vcpu.refresh();

  ++vcpu.counters.reflected;
  if (offset != kGeneralOffset) ++vcpu.counters.reflected_refill;
  if (e.code == ExceptionCode::kInterrupt) ++vcpu.counters.reflected_interrupt;
  if (e.code == ExceptionCode::kSyscall) ++vcpu.counters.reflected_syscall;
  return TrapAnswer::kHandled;
}

}  // namespace disco
