// Who may interrupt, and when.
#include "cpu/core/interrupts.hpp"

namespace cpu {

bool Interrupts::take() {
  CpuState& state = core_.state;
  if (core_.signals.is_reset_pending()) {
    exceptions_.take_reset();
  } else if (core_.watch.is_due(state.regs.status)) {
    core_.watch.forget_delayed();
    exceptions_.take({.code = ExceptionCode::kWatch}, state.regs.pc, false);
  } else if (core_.is_interrupt_due()) {
    exceptions_.take({.code = ExceptionCode::kInt}, state.regs.pc, false);
  } else {
    return false;
  }
  return true;
}

void Interrupts::enter_doze() {
  if (core_.is_interrupt_unmasked()) return;
  CpuState& state = core_.state;
  core_.settle(state.cycle, state.retired);
  core_.signals.set_dozing(true);
  core_.report_mode(state.cycle, state.retired, state.mode, Mode::kIdle);
}

void Interrupts::wake_if_wanted() {
  if (!core_.signals.is_dozing()) return;
  if (!core_.is_interrupt_unmasked() && !core_.signals.is_reset_pending()) return;
  CpuState& state = core_.state;
  core_.settle(state.cycle, state.retired);
  core_.signals.set_dozing(false);
  core_.report_mode(state.cycle, state.retired, Mode::kIdle, state.mode);
}

}  // namespace cpu
