// Interrupts of the machine, virtual interrupts of the guest, and the timer between them.
#include "disco/core/mark.hpp"
#include "disco/core/traps/trap.hpp"
#include "disco/core/vm/vm.hpp"

namespace disco {

void arm_timer(Vcpu& vcpu) {
  const auto compare = static_cast<std::uint32_t>(vcpu.cp0[cp0::kCompare]);
  vcpu.hardware.set_compare(compare - vcpu.cp0.count_offset);
}

void take_machine_interrupts(Vcpu& vcpu) {
  const std::uint64_t pending = vcpu.hardware.pending_interrupts();
  if ((pending & cause::kIpTimer) != 0) {
    ++vcpu.counters.timer_interrupts;
    vcpu.cp0[cp0::kCause] |= cause::kIpTimer;
    EVENT_MARK_BEFORE(timer_interrupts, vcpu.cp0.time_seen);
    vcpu.cp0.time_seen = static_cast<std::uint32_t>(vcpu.cp0[cp0::kCompare]);
    arm_timer(
        vcpu);  // the acknowledgement; it comes again after a full turn of Count, as it should
  }
  if ((pending & cause::kIpDevice) != 0) vcpu.vm.devices().console_input();
}

TrapAnswer deliver_interrupts(Vcpu& vcpu) {
  // A kernel's own handlers run with EXL set.
  constexpr std::uint64_t kGates = status::kIe | status::kExl | status::kErl;
  if (!vcpu.is_dozing && (vcpu.cp0[cp0::kStatus] & kGates) != status::kIe)
    return TrapAnswer::kHandled;
  PHASE_MARK(interrupt);
  // One turn per interrupt of the machine, which sleeps in between.
  while (vcpu.is_dozing && !vcpu.has_unmasked_interrupt()) {
    ++vcpu.counters.dozes;
    PHASE_MARK(idle);
    vcpu.hardware.doze();
    PHASE_MARK(interrupt);
    take_machine_interrupts(vcpu);
  }
  vcpu.is_dozing = false;
  if (!vcpu.interrupt_is_due()) return TrapAnswer::kHandled;
  vcpu.reflect_plain(ExceptionCode::kInt);
  // Between instructions: the guest returns to where it was about to go on.
  const Trap here{.code = ExceptionCode::kInt,
                  .is_refill = false,
                  .in_slot = false,
                  .coprocessor = 0,
                  .epc = vcpu.context.pc,
                  .bad_vaddr = VirtAddr{}};
  return deliver_exception(vcpu, here);
}

}  // namespace disco
