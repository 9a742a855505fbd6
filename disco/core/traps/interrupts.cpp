// Interrupts of the machine, virtual interrupts of the guest, and the timer between them.
#include "disco/core/mark.hpp"
#include "disco/core/traps/trap.hpp"
#include "disco/core/vm/vm.hpp"

namespace disco {

void take_due_timer(Vcpu& vcpu) {
  if (vcpu.hardware.time() < vcpu.deadline) return;
  constexpr std::uint64_t kTurnOfCount = std::uint64_t{1} << 32;
  ++vcpu.counters.timer_interrupts;
  vcpu.cp0[cp0::kCause] |= cause::kIpTimer;
  EVENT_MARK_BEFORE(timer_interrupts, vcpu.cp0.time_seen);
  vcpu.cp0.time_seen = static_cast<std::uint32_t>(vcpu.cp0[cp0::kCompare]);
  vcpu.deadline += kTurnOfCount;
}

TrapAnswer take_posts(Vcpu& vcpu) {
  if (vcpu.hardware.time() >= vcpu.stop_at)
    return vcpu.stop_guest(StopCode::kStopped, "its time is over");
  if (read_shared(vcpu.posted) == 0) return TrapAnswer::kHandled;
  const std::uint64_t posts =
      update_shared(vcpu.posted, [](std::uint64_t) { return std::uint64_t{0}; });
  if ((posts & post::kInput) != 0) vcpu.vm.devices().console_input();
  if ((posts & post::kStop) != 0) return vcpu.stop_guest(StopCode::kStopped, "it was stopped");
  return TrapAnswer::kHandled;
}

TrapAnswer take_machine_interrupts(Vcpu& vcpu) {
  vcpu.processor.take_interrupts();
  take_due_timer(vcpu);
  vcpu.processor.set_timer();
  const TrapAnswer answer = take_posts(vcpu);
  if (answer != TrapAnswer::kHandled) return answer;
  return vcpu.processor.wants_switch ? TrapAnswer::kYield : TrapAnswer::kHandled;
}

TrapAnswer deliver_interrupts(Vcpu& vcpu) {
  // A kernel's own handlers run with EXL set.
  constexpr std::uint64_t kGates = status::kIe | status::kExl | status::kErl;
  if (!vcpu.is_dozing && (vcpu.cp0[cp0::kStatus] & kGates) != status::kIe)
    return TrapAnswer::kHandled;
  PHASE_MARK(interrupt);
  if (vcpu.is_dozing && !vcpu.has_unmasked_interrupt()) return TrapAnswer::kYield;
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
