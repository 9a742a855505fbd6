// The parts of a processor, joined.
#include "cpu/memory/processor.hpp"

#include "common/check.hpp"

namespace cpu {

Processor::Processor(const CpuConfig& config, MemoryPort& memory, StoreWatch& watch,
                     CodePages& code)
    : core{config, *this},
      timing{core, memory},
      fetch{core, memory, timing, code},
      data{core, memory, timing, watch, *this},
      cache{core, memory, timing},
      exceptions{core},
      interrupts{core, exceptions},
      cp0{core},
      instrumentation{core, fetch},
      observer_control{core},
      code_{code} {
  timing.follow_fidelity();
  core.reset();
}

void Processor::set_fidelity(Fidelity fidelity) {
  core.fidelity = fidelity;
  timing.follow_fidelity();
  forget_code();
  forget_translations();
}

void Processor::forget_host_pointers() {
  forget_translations();
  core.state.demand_attention();
}

bool Processor::code_written(MachineAddr at, std::uint64_t size) {
  const CodePages::Written written = code_.written(at, size);
  if (written == CodePages::Written::kDropped) {
    fetch.flush();
    // What follows in this block may have been what was written.
    core.state.leave |= CpuState::kLeaveAfter;
  }
  return written == CodePages::Written::kMissed;
}

void Processor::forget_translations() {
  data.flush();
  fetch.flush();
}

void Processor::forget_pages(VirtAddr first, VirtAddr end) {
  for (VirtAddr va = first; va != end; va = va + kPageSize) {
    data.flush_page(va);
    fetch.flush_page(va);
  }
}

void Processor::forget_code() {
  code_.forget_pages();
  fetch.flush();
  core.state.demand_attention();
}

void Processor::visit(StateVisitor& v) {
  CHECK(!core.state.slot_pending);
  core.visit_first(v);
  fetch.visit(v);
  core.visit_rest(v);
  if (!v.is_restoring()) return;
  set_fidelity(core.fidelity);
  core.restored();
  publish_link();
}

}  // namespace cpu
