// What happens when the machine's TLB has no answer for a guest. In this order: direct window,
// virtual TLB, L2TLB, reflection to the guest kernel. The assembly path (disco/mips/fast_miss.S)
// does the same for the common cases and leaves the rest to this.
#include "disco/core/mark.hpp"
#include "disco/core/traps/trap.hpp"
#include "disco/core/vm/vm.hpp"

namespace disco {

namespace {

struct Miss {
  const Trap& trap;
  bool is_store = false;
  bool is_fetch = false;
  VirtAddr va{};  // as the TLB compares it
  ExceptionCode tlb_code() const { return is_store ? ExceptionCode::kTlbS : ExceptionCode::kTlbL; }
};

/// Guest-physical addresses that no TLB entry of the machine will ever hold.
TrapAnswer not_memory(Vcpu& vcpu, const Miss& miss, PhysAddr pa) {
  if (miss.trap.is_refill) ++vcpu.counters.refills_monitor;
  if (miss.is_fetch) return vcpu.reflect_plain(ExceptionCode::kIbe);
  const bool device = pa.bits() >= kIoBegin && pa.bits() < kIoEnd;
  return device ? emulate_device(vcpu, miss.trap, pa) : vcpu.reflect_plain(ExceptionCode::kDbe);
}

TrapAnswer serve_direct(Vcpu& vcpu, const Miss& miss, const GuestAddress& address) {
  PHASE_MARK(direct);
  const Access access = miss.is_store ? Access::kWrite : Access::kRead;
  if (!vcpu.vm.resolve(address.at, access)) return not_memory(vcpu, miss, address.at);
  if (miss.trap.is_refill) ++vcpu.counters.refills_direct;
  const bool cached = address.region == GuestRegion::kDirectCached;
  if (!vcpu.uses_wide_window && miss.va.bits() >> kRegionShift == kXssegRegion) {
    vcpu.uses_wide_window = true;
    vcpu.publish_miss_view();
  }
  vcpu.tlb.enter_direct(miss.va, address.at, cached ? entry_lo::kCoherent : entry_lo::kUncached);
  return TrapAnswer::kHandled;
}

TrapAnswer reflect_miss(Vcpu& vcpu, const Miss& miss, ExceptionCode code, bool is_refill) {
  Counters& c = vcpu.counters;
  if (miss.trap.is_refill) {
    ++c.refills_reflected;
  } else if (miss.trap.code == ExceptionCode::kMod) {
    ++c.modifieds_reflected;
  } else {
    ++c.invalids_reflected;
  }
  vcpu.reflect_tlb(code, miss.trap.bad_vaddr, is_refill);
  vcpu.exception.compared = miss.va;
  return TrapAnswer::kReflect;
}

TrapAnswer serve_mapped(Vcpu& vcpu, const Miss& miss) {
  const TlbFound found = vcpu.tlb.find(miss.va, vcpu.cp0.asid());
  if (found.entry == nullptr) return reflect_miss(vcpu, miss, miss.tlb_code(), true);
  const StoredEntry& entry = *found.entry;
  const std::uint64_t lo = entry.lo_for(miss.va);
  if ((lo & entry_lo::kValid) == 0) return reflect_miss(vcpu, miss, miss.tlb_code(), false);
  const unsigned size_class = entry.size_class();
  const PhysAddr pa = frame_of(lo, size_class) + miss.va.offset_in(page_bytes_of(size_class));
  const bool is_ram = vcpu.vm.pmap().is_ram(pa);
  // After a refill the page is entered read-only first, and the store tried again: as on the
  // machine, the assembly path and this one, a clean page costs a store two exceptions. What is not
  // memory is never entered.
  const bool is_clean = miss.is_store && (lo & entry_lo::kDirty) == 0;
  if (is_clean && (!miss.trap.is_refill || !is_ram)) {
    return reflect_miss(vcpu, miss, ExceptionCode::kMod, false);
  }
  const bool stores = miss.is_store && !is_clean;
  if (!vcpu.vm.resolve(pa, stores ? Access::kWrite : Access::kRead))
    return not_memory(vcpu, miss, pa);
  if (miss.trap.is_refill) {
    ++(found.level == TlbLevel::kVirtual ? vcpu.counters.refills_virtual_tlb
                                         : vcpu.counters.refills_l2tlb);
  }
  vcpu.tlb.enter(entry, miss.va);
  return TrapAnswer::kHandled;
}

}  // namespace

TrapAnswer handle_tlb(Vcpu& vcpu, const Trap& trap) {
  Counters& c = vcpu.counters;
  ++(trap.is_refill ? c.refills_slow : trap.code == ExceptionCode::kMod ? c.modifieds : c.invalids);
  Miss miss{.trap = trap};
  miss.is_store = trap.code != ExceptionCode::kTlbL;
  miss.is_fetch = trap.code == ExceptionCode::kTlbL && trap.bad_vaddr == trap.pc();
  miss.va = vcpu.compared_address(trap.bad_vaddr, miss.is_fetch);
  const GuestAddress address = classify(miss.va, vcpu.cp0.space());
  switch (address.region) {
    case GuestRegion::kDirectCached:
    case GuestRegion::kDirectUncached: return serve_direct(vcpu, miss, address);
    case GuestRegion::kMapped: return serve_mapped(vcpu, miss);
    case GuestRegion::kForbidden: break;
  }
  // xsseg while the virtual KX or SX = 0: the machine's SX is 1 and let it pass.
  if (trap.is_refill) ++c.refills_reflected;
  return vcpu.reflect_address(miss.is_store ? ExceptionCode::kAdES : ExceptionCode::kAdEL,
                              trap.bad_vaddr);
}

}  // namespace disco
