// Carrying out a privileged instruction of a guest kernel on its virtual registers. Where the guest
// goes on is worked out first, from registers that the instruction has not changed yet; then the
// instruction takes effect, or raises an exception and changes nothing.
#include "disco/core/mark.hpp"
#include "disco/core/traps/trap.hpp"
#include "disco/core/vm/vm.hpp"

namespace disco {

namespace {

void set_gpr(Vcpu& vcpu, unsigned n, std::uint64_t value) {
  if (n != 0) vcpu.context.gpr[n] = value;
}

GuestEntry entry_registers(const VirtualCp0& cp0) {
  const std::uint64_t passes = ~(cp0[cp0::kFrameMask] << kFrameMaskShift);
  return {.hi = cp0[cp0::kEntryHi],
          .lo0 = cp0[cp0::kEntryLo0] & passes,
          .lo1 = cp0[cp0::kEntryLo1] & passes,
          .page_mask = cp0[cp0::kPageMask]};
}

void finish_tlb_write(Vcpu& vcpu, unsigned overlapping) {
  vcpu.cp0[cp0::kStatus] &= ~status::kTs;
  if (overlapping > 0) vcpu.cp0[cp0::kStatus] |= status::kTs;
  vcpu.publish_l2_salt();
  // The first entry in xsseg of a kernel that may not use it, and the first of 16 KB pages.
  const bool asks_more = vcpu.context.miss_view.asks_more != 0;
  if ((vcpu.tlb.has_xsseg_entries() && !vcpu.cp0.uses_xsseg()) || asks_more != vcpu.asks_more())
    vcpu.publish_miss_view();
}

void read_tlb(Vcpu& vcpu) {
  VirtualCp0& cp0 = vcpu.cp0;
  const GuestEntry entry =
      vcpu.tlb.read(static_cast<unsigned>(cp0[cp0::kIndex] & ~kIndexProbeFailed));
  cp0[cp0::kEntryHi] = entry.hi;
  cp0[cp0::kEntryLo0] = entry.lo0;
  cp0[cp0::kEntryLo1] = entry.lo1;
  cp0[cp0::kPageMask] = entry.page_mask;
  vcpu.publish_l2_salt();
  vcpu.refresh();
}

TrapAnswer return_from_exception(Vcpu& vcpu) {
  VirtualCp0& cp0 = vcpu.cp0;
  if (cp0.has(status::kErl)) {
    vcpu.context.pc = cp0[cp0::kErrorEpc];
    return vcpu.set_status(cp0[cp0::kStatus] & ~status::kErl);
  }
  vcpu.context.pc = cp0[cp0::kEpc];
  return vcpu.set_status(cp0[cp0::kStatus] & ~status::kExl);
}

// The R10000's hit operations name data by its address; index operations name lines of a cache that
// is not the guest's alone, and the barrier names nothing (R10000 UM 10).
constexpr bool is_hit_operation(unsigned op) {
  constexpr unsigned kHitInvalidate = 4, kHitWriteBack = 5, kBarrier = 0x14;
  return (op >> 2 == kHitInvalidate || op >> 2 == kHitWriteBack) && op != kBarrier;
}

/// What an operation leaves in CP0 on caches in which the guest finds nothing.
void leave_nothing_found(VirtualCp0& cp0, unsigned op) {
  constexpr unsigned kIndexLoadTag = 1, kIndexLoadData = 6, kSecondary = 3;
  if (op >> 2 == kIndexLoadTag || op >> 2 == kIndexLoadData)
    cp0[cp0::kTagLo] = cp0[cp0::kTagHi] = 0;
  if (op >> 2 == kIndexLoadData) cp0[cp0::kEcc] = 0;
  if (is_hit_operation(op) && op % 4 == kSecondary) cp0[cp0::kStatus] &= ~status::kCh;
}

TrapAnswer cache_operation(Vcpu& vcpu, Instruction i) {
  const VirtAddr named{vcpu.context.gpr[i.rs()] + i.immediate()};
  const VirtAddr va = vcpu.compared_address(named, false);
  if (is_address_error(va, vcpu.cp0.space()))
    return vcpu.reflect_address(ExceptionCode::kAdEL, named);
  // Whatever the address: kernels name lines by KSEG0's, which are not the guest's.
  if (!is_hit_operation(i.rt())) {
    leave_nothing_found(vcpu.cp0, i.rt());
    return TrapAnswer::kHandled;
  }
  const GuestAddress address = classify(va, vcpu.cp0.space());
  PhysAddr pa = address.at;
  if (address.region == GuestRegion::kForbidden) {
    return vcpu.reflect_address(ExceptionCode::kAdEL, named);
  }
  if (address.region == GuestRegion::kMapped) {
    const StoredEntry* const found = vcpu.tlb.find(va, vcpu.cp0.asid()).entry;
    const std::uint64_t lo = found != nullptr ? found->lo_for(va) : 0;
    if ((lo & entry_lo::kValid) == 0) {
      vcpu.reflect_tlb(ExceptionCode::kTlbL, named, found == nullptr);
      vcpu.exception.compared = va;
      return TrapAnswer::kReflect;
    }
    const unsigned size_class = found->size_class();
    pa = frame_of(lo, size_class) + va.offset_in(page_bytes_of(size_class));
  }
  leave_nothing_found(vcpu.cp0, i.rt());
  // Of what is not memory there are no lines.
  if (const auto line = vcpu.vm.resolve(pa, Access::kRead)) {
    vcpu.hardware.cache_writeback_invalidate(*line);
  }
  return TrapAnswer::kHandled;
}

TrapAnswer move_op(Vcpu& vcpu, Instruction i, PrivilegedOp op) {
  const std::uint64_t rt = vcpu.context.gpr[i.rt()];
  switch (op) {
    case PrivilegedOp::kMfc0: {
      OPERATION_MARK(op_mfc0);
      ++vcpu.counters.emulated_mfc0;
      set_gpr(vcpu, i.rt(), sign_extended_word(read_cp0(vcpu, i.rd())));
      return TrapAnswer::kHandled;
    }
    case PrivilegedOp::kDmfc0: {
      OPERATION_MARK(op_mfc0);
      ++vcpu.counters.emulated_mfc0;
      set_gpr(vcpu, i.rt(), read_cp0(vcpu, i.rd()));
      return TrapAnswer::kHandled;
    }
    case PrivilegedOp::kMtc0: {
      OPERATION_MARK(op_mtc0);
      ++vcpu.counters.emulated_mtc0;
      return write_cp0(vcpu, i.rd(), sign_extended_word(rt));
    }
    default: {
      OPERATION_MARK(op_mtc0);
      ++vcpu.counters.emulated_mtc0;
      return write_cp0(vcpu, i.rd(), rt);
    }
  }
}

/// Everything but eret. The guest goes on behind the instruction.
TrapAnswer carry_out(Vcpu& vcpu, Instruction i, PrivilegedOp op) {
  VirtualCp0& cp0 = vcpu.cp0;
  switch (op) {
    case PrivilegedOp::kTlbwr: {
      emulate_tlbwr(vcpu);
      return TrapAnswer::kHandled;
    }
    case PrivilegedOp::kTlbwi: {
      OPERATION_MARK(op_tlbwi);
      ++vcpu.counters.emulated_tlbwi;
      const auto index = static_cast<unsigned>(cp0[cp0::kIndex] & ~kIndexProbeFailed);
      finish_tlb_write(
          vcpu, vcpu.tlb.write_indexed(index, entry_registers(cp0), VirtAddr{cp0[cp0::kBadVAddr]}));
      return TrapAnswer::kHandled;
    }
    case PrivilegedOp::kTlbp: {
      OPERATION_MARK(op_tlbp);
      ++vcpu.counters.emulated_tlbp;
      const auto index = vcpu.tlb.probe(cp0[cp0::kEntryHi]);
      cp0[cp0::kIndex] = index ? *index : kIndexProbeFailed;
      return TrapAnswer::kHandled;
    }
    case PrivilegedOp::kTlbr: {
      OPERATION_MARK(op_tlbr);
      ++vcpu.counters.emulated_tlbr;
      read_tlb(vcpu);
      return TrapAnswer::kHandled;
    }
    case PrivilegedOp::kCache: {
      OPERATION_MARK(op_cache);
      ++vcpu.counters.emulated_cache;
      return cache_operation(vcpu, i);
    }
    case PrivilegedOp::kMoveFromCounter: set_gpr(vcpu, i.rt(), 0); return TrapAnswer::kHandled;
    case PrivilegedOp::kMoveToCounter: return TrapAnswer::kHandled;
    default: return move_op(vcpu, i, op);
  }
}

bool needs_64_bit_mode(PrivilegedOp op) {
  return op == PrivilegedOp::kDmfc0 || op == PrivilegedOp::kDmtc0;
}

}  // namespace

void emulate_tlbwr(Vcpu& vcpu) {
  OPERATION_MARK(op_tlbwr);
  ++vcpu.counters.emulated_tlbwr;
  const VirtAddr hint{vcpu.cp0[cp0::kBadVAddr]};
  finish_tlb_write(vcpu, vcpu.tlb.write_random(entry_registers(vcpu.cp0), hint));
}

TrapAnswer emulate_privileged(Vcpu& vcpu, const Trap& trap) {
  PHASE_MARK(decode);
  const auto instruction = fetch_guest(vcpu, trap.pc());
  if (!instruction) return vcpu.reflect_tlb(ExceptionCode::kTlbL, trap.pc(), true);
  const PrivilegedOp op = privileged_op(*instruction);
  const bool narrow = vcpu.cp0.mode() != GuestMode::kKernel && !vcpu.cp0.has(status::kUx);
  if (op == PrivilegedOp::kReserved || (narrow && needs_64_bit_mode(op))) {
    return vcpu.reflect_plain(ExceptionCode::kRi);
  }
  if (op == PrivilegedOp::kEret) {
    OPERATION_MARK(op_eret);
    PHASE_MARK(privileged);
    ++vcpu.counters.emulated_eret;
    return return_from_exception(vcpu);
  }
  const std::uint64_t next = trap.in_slot ? resume_address(vcpu, trap) : trap.epc + 4;
  PHASE_MARK(privileged);
  const TrapAnswer answer = carry_out(vcpu, *instruction, op);
  if (answer == TrapAnswer::kHandled) vcpu.context.pc = next;
  return answer;
}

}  // namespace disco
