#include "cpu/memory/instrumentation.hpp"

namespace cpu {

void Instrumentation::begin(const InstructionSite& site) {
  began_ = core_.state.cycle_at(site) - fetch_.take_stall();
  fetch_.report(site);
  core_.accounts.begin_instruction();
}

void Instrumentation::complete(const InstructionSite& site, Mode mode) {
  CpuState& state = core_.state;
  if (core_.observation.wants_instructions()) {
    core_.observation.observer()->on_instruction(
        InstructionEvent{.at = core_.moment_after(site),
                         .mode = mode,
                         .pc = state.pc_at(site),
                         .word = site.word,
                         .cycles = Cycles{state.cycle_after(site) - began_}});
  }
  if (core_.accounts.count_instruction(site) && core_.accounts.interrupts(state.cycle)) {
    state.demand_attention();
  }
}

}  // namespace cpu
