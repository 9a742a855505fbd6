#include "disco/core/traps/trap.hpp"

#include "disco/core/mark.hpp"
#include "disco/core/vm/vm.hpp"

namespace disco {

namespace {

/// The FPU goes to whoever uses it. Requires: the virtual CU1 is set.
TrapAnswer take_fpu(Vcpu& vcpu) {
  OPERATION_MARK(op_fpu);
  PHASE_MARK(privileged);
  vcpu.hardware.fpu_load(vcpu.fpu);
  vcpu.owns_fpu = true;
  vcpu.processor.fpu_holder = vcpu.name.bits;
  vcpu.refresh();
  return TrapAnswer::kHandled;
}

TrapAnswer reflect_coprocessor(Vcpu& vcpu, const Trap& trap) {
  OPERATION_MARK(op_exception);
  ++vcpu.counters.traps_other;
  vcpu.reflect_plain(ExceptionCode::kCpU);
  vcpu.exception.coprocessor = trap.coprocessor;
  return TrapAnswer::kReflect;
}

TrapAnswer coprocessor(Vcpu& vcpu, const Trap& trap) {
  const bool kernel = vcpu.cp0.mode() == GuestMode::kKernel;
  if (trap.coprocessor == 0 && (kernel || vcpu.cp0.has(status::kCu0))) {
    ++vcpu.counters.traps_privileged;
    return emulate_privileged(vcpu, trap);
  }
  if (trap.coprocessor == 1 && vcpu.cp0.has(status::kCu1) && !vcpu.owns_fpu) {
    ++vcpu.counters.traps_other;
    return take_fpu(vcpu);
  }
  return reflect_coprocessor(vcpu, trap);
}

TrapAnswer reflect_unchanged(Vcpu& vcpu, const Trap& trap) {
  OPERATION_MARK(op_exception);
  ++vcpu.counters.traps_other;
  if (trap.code == ExceptionCode::kAdEL || trap.code == ExceptionCode::kAdES) {
    return vcpu.reflect_address(trap.code, trap.bad_vaddr);
  }
  return vcpu.reflect_plain(trap.code);
}

TrapAnswer dispatch(Vcpu& vcpu, const Trap& trap) {
  switch (trap.code) {
    case ExceptionCode::kInt: {
      OPERATION_MARK(op_interrupt);
      PHASE_MARK(interrupt);
      ++vcpu.counters.traps_interrupt;
      return take_machine_interrupts(vcpu);
    }
    case ExceptionCode::kMod:
    case ExceptionCode::kTlbL:
    case ExceptionCode::kTlbS: {
      if (trap.is_refill) {
        OPERATION_MARK(op_refill);
      } else {
        OPERATION_MARK(op_tlb_fault);
      }
      ++vcpu.counters.traps_tlb;
      return handle_tlb(vcpu, trap);
    }
    case ExceptionCode::kCpU: return coprocessor(vcpu, trap);
    case ExceptionCode::kSys: {
      OPERATION_MARK(op_syscall);
      ++vcpu.counters.traps_syscall;
      return vcpu.reflect_plain(trap.code);
    }
    default: return reflect_unchanged(vcpu, trap);
  }
}

}  // namespace

Trap trap_of(const GuestContext& context, TrapVector vector) {
  return {
      .code = static_cast<ExceptionCode>((context.cause & cause::kExcCode) >> cause::kExcCodeShift),
      .is_refill = vector == TrapVector::kRefill,
      .in_slot = (context.cause & cause::kBd) != 0,
      .coprocessor = static_cast<std::uint8_t>((context.cause & cause::kCe) >> cause::kCeShift),
      .epc = context.pc,
      .bad_vaddr = VirtAddr{context.bad_vaddr}};
}

TrapAnswer handle_trap(Vcpu& vcpu, TrapVector vector) {
  PHASE_MARK(dispatch);
  const Trap trap = trap_of(vcpu.context, vector);
  TrapAnswer answer = dispatch(vcpu, trap);
  if (answer == TrapAnswer::kReflect) answer = deliver_exception(vcpu, trap);
  if (answer == TrapAnswer::kHandled) answer = deliver_interrupts(vcpu);
  return answer;
}

}  // namespace disco
