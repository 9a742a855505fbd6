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
  } else if (is_due()) {
    exceptions_.take({.code = ExceptionCode::kInt}, state.regs.pc, false);
  } else {
    return false;
  }
  return true;
}

bool Interrupts::is_unmasked() const {
  const CpuState& state = core_.state;
  const std::uint64_t overflow = core_.accounts.interrupts(state.cycle) ? cause::kIpTimer : 0;
  const std::uint64_t pending = state.regs.cause | core_.signals.in_cause() | overflow;
  return (pending & state.regs.status & cause::kIp) != 0;
}

bool Interrupts::is_due() const {
  constexpr std::uint64_t kGate = status::kIe | status::kExl | status::kErl;
  return (core_.state.regs.status & kGate) == status::kIe && is_unmasked();
}

void Interrupts::enter_doze() {
  if (is_unmasked()) return;
  CpuState& state = core_.state;
  core_.settle(state.cycle, state.retired);
  core_.signals.set_dozing(true);
  core_.report_mode(state.cycle, state.retired, state.mode, Mode::kIdle);
}

void Interrupts::wake_if_wanted() {
  if (!core_.signals.is_dozing()) return;
  if (!is_unmasked() && !core_.signals.is_reset_pending()) return;
  CpuState& state = core_.state;
  core_.settle(state.cycle, state.retired);
  core_.signals.set_dozing(false);
  core_.report_mode(state.cycle, state.retired, Mode::kIdle, state.mode);
}

}  // namespace cpu
