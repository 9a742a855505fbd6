// Taking and returning from exceptions (R10000 UM 17). One function raises; everything else only
// records what happened.
#include <algorithm>
#include <utility>

#include "cpu/interpreter/interpreter.hpp"

namespace cpu {

namespace {

constexpr std::uint64_t kBase = 0xffffffff80000000, kBootBase = 0xffffffffbfc00200,
                        kResetVector = 0xffffffffbfc00000;

std::uint64_t offset_of(Vector vector) {
  switch (vector) {
    case Vector::kTlbRefill: return 0x000;
    case Vector::kXtlbRefill: return 0x080;
    case Vector::kCacheError: return 0x100;
    default: return 0x180;
  }
}

Vector vector_of(const PendingFault& fault, bool nested) {
  if (!fault.is_refill || nested) return Vector::kGeneral;
  return fault.extended ? Vector::kXtlbRefill : Vector::kTlbRefill;
}

}  // namespace

void Engine::take_exception(const PendingFault& fault, std::uint64_t pc, bool in_slot) {
  const Mode from = mode_;
  const bool nested = (regs.status & status::kExl) != 0;
  const Vector vector = vector_of(fault, nested);
  count_exception(fault, from);

  if (fault.is_address) regs.bad_vaddr = fault.bad_vaddr;
  if (fault.is_tlb) {
    const auto access = fault.is_fetch ? mmu::Access::kFetch : mmu::Access::kLoad;
    record_tlb_registers(
        mmu::compared_address(address_space(), VirtAddr{fault.bad_vaddr}, access).bits());
  }
  regs.cause &= ~(cause::kExcCode | cause::kCe);
  regs.cause |= std::uint64_t{static_cast<std::uint8_t>(fault.code)} << cause::kExcCodeShift |
                std::uint64_t{fault.coprocessor} << cause::kCeShift;
  if (!nested) {
    regs.epc = in_slot ? pc - 4 : pc;
    regs.cause = in_slot ? regs.cause | cause::kBd : regs.cause & ~cause::kBd;
  }
  regs.status |= status::kExl;
  link_ = false;
  regs.pc = ((regs.status & status::kBev) != 0 ? kBootBase : kBase) + offset_of(vector);

  std::uint64_t cost = fidelity_ == Fidelity::kFunctional ? 0 : config_.timing.exception_entry;
  // A handler whose first instruction faults again must not stop the clock, or the run would never end.
  if (nested) cost = std::max<std::uint64_t>(cost, 1);
  account(cycle_, retired_);
  cycle_ += cost;
  context_changed();
  if (observer_ == nullptr) return;
  observer_->on_exception(ExceptionEvent{.at = moment(cycle_, retired_),
                                         .from = from,
                                         .vector = vector,
                                         .code = static_cast<std::uint8_t>(fault.code),
                                         .in_delay_slot = in_slot,
                                         .nested = nested,
                                         .is_store = fault.is_store,
                                         .is_fetch = fault.is_fetch,
                                         .is_refill = fault.is_refill,
                                         .pc = pc,
                                         .bad_vaddr = fault.is_address ? fault.bad_vaddr : 0,
                                         .asid = Asid{static_cast<std::uint8_t>(regs.entry_hi)},
                                         .entry_cost = Cycles{cost}});
}

void Engine::record_tlb_registers(std::uint64_t va) {
  // Context: PTEBase[63:23] BadVPN2[22:4]; XContext: PTEBase[63:37] R[36:35] BadVPN2[34:4] of the
  // R10000's 44-bit addresses (R10000 UM 14.5, 14.21).
  const std::uint64_t vpn2 = va >> 13;
  const std::uint64_t region = va >> 62;
  regs.context = (regs.context & ~std::uint64_t{0x7fffff}) | (vpn2 & 0x7ffff) << 4;
  regs.xcontext = (regs.xcontext & ~((std::uint64_t{1} << 37) - 1)) | region << 35 |
                  (vpn2 & 0x7fffffff) << 4;
  regs.entry_hi = (regs.entry_hi & 0xff) | region << 62 | (vpn2 & 0x7fffffff) << 13;
}

void Engine::count_exception(const PendingFault& fault, Mode from) {
  CpuCounters& c = counters_;
  ++c.exceptions[static_cast<std::uint8_t>(fault.code)];
  if (fault.code == ExceptionCode::kInt) ++c.interrupts;
  if (fault.code == ExceptionCode::kMod) ++c.modifieds;
  if (!fault.is_tlb || fault.code == ExceptionCode::kMod) return;
  if (!fault.is_refill) {
    ++c.invalids;
    return;
  }
  count_tlb_miss();
  ++c.refills[static_cast<unsigned>(from)];
  ++(fault.is_fetch ? c.refills_fetch : fault.is_store ? c.refills_store : c.refills_load);
}

void Engine::take_interrupt() {
  take_exception({.code = ExceptionCode::kInt}, regs.pc, false);
}

/// What comes between instructions, by priority (R10000 UM table 17-3). Returns whether something came.
bool Engine::take_asynchronous() {
  if (is_reset_pending()) {
    take_reset();
  } else if (is_delayed_watch_due()) {
    watch_delayed_ = false;
    take_exception({.code = ExceptionCode::kWatch}, regs.pc, false);
  } else if (interrupt_is_due()) {
    take_interrupt();
  } else {
    return false;
  }
  return true;
}

/// NMI and soft reset. Both keep what they do not name; a reset also drops what was waiting.
void Engine::take_reset() {
  const Mode from = mode_;
  const bool is_soft_reset = soft_reset_requested_;
  account(cycle_, retired_);
  nmi_requested_ = soft_reset_requested_ = false;
  if (is_soft_reset) watch_delayed_ = false;
  regs.error_epc = regs.pc;
  regs.status &= ~(status::kTs | status::kNmi);
  regs.status |= status::kErl | status::kBev | status::kSr | (is_soft_reset ? 0 : status::kNmi);
  link_ = false;
  const std::uint64_t cost = fidelity_ == Fidelity::kFunctional ? 0 : config_.timing.exception_entry;
  const std::uint64_t pc = std::exchange(regs.pc, kResetVector);
  cycle_ += cost;
  context_changed();
  if (observer_ == nullptr) return;
  observer_->on_exception(ExceptionEvent{.at = moment(cycle_, retired_),
                                         .from = from,
                                         .vector = Vector::kReset,
                                         .nested = (regs.status & status::kExl) != 0,
                                         .pc = pc,
                                         .asid = Asid{static_cast<std::uint8_t>(regs.entry_hi)},
                                         .entry_cost = Cycles{cost}});
}

bool Engine::is_delayed_watch_due() const {
  return watch_delayed_ && (regs.status & (status::kExl | status::kErl)) == 0;
}

bool Engine::has_unmasked_interrupt() const {
  const std::uint64_t overflow = overflow_interrupts(cycle_) ? cause::kIpTimer : 0;
  const std::uint64_t pending = regs.cause | std::uint64_t{lines_} << cause::kIpShift | overflow;
  return (pending & regs.status & cause::kIp) != 0;
}

bool Engine::interrupt_is_due() const {
  constexpr std::uint64_t kGate = status::kIe | status::kExl | status::kErl;
  return (regs.status & kGate) == status::kIe && has_unmasked_interrupt();
}

void Engine::return_from_exception(const Decoded* d) {
  ++counters_.erets;
  if ((regs.status & status::kErl) != 0) {
    branch_target_ = regs.error_epc;
    regs.status &= ~status::kErl;
  } else {
    branch_target_ = regs.epc;
    regs.status &= ~status::kExl;
  }
  link_ = false;
  const std::uint64_t end = cycle_at(d) + d->cost;
  account(end, retired_at(d) + 1);
  context_changed();
  demand_attention();  // an interrupt may be due
  if (observer_ == nullptr) return;
  observer_->on_eret(EretEvent{.at = moment(end, retired_at(d) + 1),
                               .to = mode_,
                               .target = branch_target_,
                               .asid = Asid{static_cast<std::uint8_t>(regs.entry_hi)}});
}

void Engine::record_address_fault(const mmu::Fault& fault, std::uint64_t va, mmu::Access access) {
  using mmu::FaultKind;
  const bool store = access == mmu::Access::kStore;
  PendingFault f{.bad_vaddr = va, .is_address = true, .is_store = store,
                 .is_fetch = access == mmu::Access::kFetch};
  f.is_tlb = fault.kind != FaultKind::kAddressError;
  f.is_refill = fault.kind == FaultKind::kRefill;
  f.extended = fault.extended;
  if (!f.is_tlb) {
    f.code = store ? ExceptionCode::kAdES : ExceptionCode::kAdEL;
  } else if (fault.kind == FaultKind::kModified) {
    f.code = ExceptionCode::kMod;
  } else {
    f.code = store ? ExceptionCode::kTlbS : ExceptionCode::kTlbL;
  }
  this->fault(f);
}

}  // namespace cpu
