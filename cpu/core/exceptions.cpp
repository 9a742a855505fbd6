// Taking and returning from exceptions: what they leave in CP0, where they go, what they cost.
#include "cpu/core/exceptions.hpp"

#include <algorithm>
#include <utility>

#include "hardware/r10000/exceptions.hpp"
#include "hardware/r10000/tlb.hpp"

namespace cpu {

namespace {

std::uint64_t offset_of(Vector vector) {
  switch (vector) {
    case Vector::kTlbRefill: return vector_offset::kTlbRefill;
    case Vector::kXtlbRefill: return vector_offset::kXtlbRefill;
    case Vector::kCacheError: return vector_offset::kCacheError;
    default: return vector_offset::kGeneral;
  }
}

Vector vector_of(const PendingFault& fault, bool nested) {
  if (!fault.is_refill || nested) return Vector::kGeneral;
  return fault.extended ? Vector::kXtlbRefill : Vector::kTlbRefill;
}

void record_tlb_registers(Registers& regs, VirtAddr va) {
  regs.context = context_of(regs.context, va.bits());
  regs.xcontext = xcontext_of(regs.xcontext, va.bits());
  regs.entry_hi = (regs.entry_hi & entry_hi::kAsid) | (va.bits() & entry_hi::kVpn2);
}

}  // namespace

void Exceptions::take(const PendingFault& fault, VirtAddr pc, bool in_slot) {
  CpuState& state = core_.state;
  Registers& regs = state.regs;
  const Mode from = state.mode;
  const bool nested = (regs.status & status::kExl) != 0;
  const Vector vector = vector_of(fault, nested);
  count(fault, from);

  record_address(fault);
  regs.cause &= ~(cause::kExcCode | cause::kCe);
  regs.cause |= std::uint64_t{static_cast<std::uint8_t>(fault.code)} << cause::kExcCodeShift |
                std::uint64_t{fault.coprocessor} << cause::kCeShift;
  if (!nested) {
    regs.epc = in_slot ? pc.bits() - 4 : pc.bits();
    regs.cause = in_slot ? regs.cause | cause::kBd : regs.cause & ~cause::kBd;
  }
  regs.status |= status::kExl;
  core_.link.drop();
  const std::uint64_t base = (regs.status & status::kBev) != 0 ? kBootVectorBase : kVectorBase;
  regs.pc = VirtAddr{base + offset_of(vector)};

  // A handler whose first instruction faults again must not stop the clock, or the run would never
  // end.
  const std::uint64_t cost = std::max<std::uint64_t>(entry_cost(), nested ? 1 : 0);
  core_.settle(state.cycle, state.retired);
  state.cycle += cost;
  core_.context_changed();
  Observer* const observer = core_.observation.observer();
  if (observer == nullptr) return;
  observer->on_exception(
      ExceptionEvent{.at = core_.moment(state.cycle, state.retired),
                     .from = from,
                     .vector = vector,
                     .code = fault.code,
                     .in_delay_slot = in_slot,
                     .nested = nested,
                     .is_store = fault.is_store,
                     .is_fetch = fault.is_fetch,
                     .is_refill = fault.is_refill,
                     .pc = pc,
                     .bad_vaddr = fault.is_address ? fault.bad_vaddr : VirtAddr{},
                     .asid = asid_of(regs),
                     .entry_cost = Cycles{cost}});
}

std::uint64_t Exceptions::entry_cost() const {
  return core_.fidelity == Fidelity::kFunctional ? 0 : core_.config.timing.exception_entry;
}

void Exceptions::record_address(const PendingFault& fault) {
  const CpuState& state = core_.state;
  Registers& regs = core_.state.regs;
  if (fault.is_address) regs.bad_vaddr = fault.bad_vaddr.bits();
  if (!fault.is_tlb) return;
  const auto access = fault.is_fetch ? mmu::Access::kFetch : mmu::Access::kLoad;
  record_tlb_registers(regs, mmu::compared_address(state.address_space(), fault.bad_vaddr, access));
}

void Exceptions::count(const PendingFault& fault, Mode from) {
  CpuCounters& c = core_.accounts.counters();
  ++c.exceptions[static_cast<std::uint8_t>(fault.code)];
  if (fault.code == ExceptionCode::kInt) ++c.interrupts;
  if (fault.code == ExceptionCode::kMod) ++c.modifieds;
  if (!fault.is_tlb || fault.code == ExceptionCode::kMod) return;
  if (!fault.is_refill) {
    ++c.invalids;
    return;
  }
  core_.accounts.count_tlb_miss();
  ++c.refills[static_cast<unsigned>(from)];
  ++(fault.is_fetch ? c.refills_fetch : fault.is_store ? c.refills_store : c.refills_load);
}

void Exceptions::take_reset() {
  CpuState& state = core_.state;
  Registers& regs = state.regs;
  const Mode from = state.mode;
  core_.settle(state.cycle, state.retired);
  const bool is_soft_reset = core_.signals.take_reset();
  if (is_soft_reset) core_.watch.forget_delayed();
  regs.error_epc = regs.pc.bits();
  regs.status &= ~(status::kTs | status::kNmi);
  regs.status |= status::kErl | status::kBev | status::kSr | (is_soft_reset ? 0 : status::kNmi);
  core_.link.drop();
  const std::uint64_t cost = entry_cost();
  const VirtAddr pc = std::exchange(regs.pc, VirtAddr{kResetVector});
  state.cycle += cost;
  core_.context_changed();
  Observer* const observer = core_.observation.observer();
  if (observer == nullptr) return;
  observer->on_exception(ExceptionEvent{.at = core_.moment(state.cycle, state.retired),
                                        .from = from,
                                        .vector = Vector::kReset,
                                        .nested = (regs.status & status::kExl) != 0,
                                        .pc = pc,
                                        .bad_vaddr = VirtAddr{},
                                        .asid = asid_of(regs),
                                        .entry_cost = Cycles{cost}});
}

void Exceptions::return_from(const InstructionSite& site) {
  CpuState& state = core_.state;
  Registers& regs = state.regs;
  ++core_.accounts.counters().erets;
  if ((regs.status & status::kErl) != 0) {
    state.branch_target = VirtAddr{regs.error_epc};
    regs.status &= ~status::kErl;
  } else {
    state.branch_target = VirtAddr{regs.epc};
    regs.status &= ~status::kExl;
  }
  core_.link.drop();
  core_.settle(state.cycle_after(site), state.retired_at(site) + 1);
  core_.context_changed();
  core_.demand_attention_if_due();
  Observer* const observer = core_.observation.observer();
  if (observer == nullptr) return;
  observer->on_eret(EretEvent{.at = core_.moment_after(site),
                              .to = state.mode,
                              .target = state.branch_target,
                              .asid = asid_of(regs)});
}

}  // namespace cpu
