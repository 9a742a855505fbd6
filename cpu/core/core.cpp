// Resets, and the contexts that the fast paths are keyed by.
#include "cpu/core/core.hpp"

#include "cpu/core/cp0_table.hpp"
#include "hardware/r10000/exceptions.hpp"

namespace cpu {

Core::Core(const CpuConfig& config, TranslationCaches& caches)
    : tlb{config.tlb}, config{config}, fidelity{config.fidelity}, caches_{caches} {}

void Core::reset() {
  settle(state.cycle, state.retired);
  Registers& regs = state.regs;
  const VirtAddr stopped_at = regs.pc;
  regs = Registers{};
  for (const Cp0Row& row : kCp0Table) {
    if (row.stored != nullptr) regs.*row.stored = row.reset;
  }
  regs.config = config_of(config.caches) | cache_algorithm::kUncached;
  regs.pc = VirtAddr{kResetVector};
  regs.error_epc = stopped_at.bits();
  tlb = mmu::Tlb{config.tlb};
  accounts.reset_performance();
  timer.set_count(state.cycle, 0);
  timer.set_match(now().count(), 0);
  link.drop();
  state.slot_pending = false;
  watch.forget_delayed();
  watch.follow(regs);
  signals.reset();
  flush_translations();
  context_changed();
}

void Core::start(VirtAddr pc, std::uint64_t a0, std::uint64_t a1, std::uint64_t sp,
                 std::uint64_t gp) {
  const bool was_dozing = signals.is_dozing();
  reset();
  Registers& regs = state.regs;
  regs.status = 0;
  regs.error_epc = 0;
  regs.config = config_of(config.caches) | cache_algorithm::kNoncoherent;
  regs.pc = pc;
  regs.gpr[4] = a0;
  regs.gpr[5] = a1;
  regs.gpr[29] = sp;
  regs.gpr[28] = gp;
  if (was_dozing) report_mode(state.cycle, state.retired, Mode::kIdle, Mode::kKernel);
  context_changed();
}

void Core::context_changed() {
  state.mode = mode_of(state.regs.status);
  accounts.watch(state.regs.status, state.cycle);
  update_context();
}

void Core::update_context() {
  const ContextNumbers::Number number = contexts_.number_of(state.regs, state.mode);
  if (number.has_begun_anew) flush_translations();
  state.context = number.shifted;
  link.follow_context();
  const bool is_instrumented = observation.wants_instructions() || observation.wants_references() ||
                               accounts.counts_instructions();
  state.decode_context = decode_context_of(state.regs.status, state.mode, is_instrumented);
}

void Core::forget_translation(const mmu::TlbImage& image) {
  constexpr std::uint64_t kFewPages = 32;
  const std::uint64_t pair = (image.page_mask | (2 * kPageSize - 1)) + 1;
  if (pair / kPageSize > kFewPages) {
    flush_translations();
    return;
  }
  const VirtAddr first =
      remembered_form(VirtAddr{image.entry_hi & ~(2 * kPageSize - 1) & ~image.page_mask});
  caches_.forget_pages(first, first + pair);
}

// ---- state

void Core::visit_first(StateVisitor& v) {
  if (!v.is_restoring()) static_cast<void>(counters());
  state.visit_registers(v);
  {
    StateSection section{v, "tlb"};
    tlb.visit(v);
  }
  state.visit_time(v);
  timer.visit(v);
  signals.visit_lines(v);
  watch.visit(v);
  signals.visit_resets(v);
  StateSection section{v, "performance"};
  accounts.visit_performance(v);
}

void Core::visit_rest(StateVisitor& v) {
  link.visit(v);
  StateSection section{v, "counters"};
  accounts.visit_counters(v);
}

void Core::restored() {
  accounts.begin_at(state.cycle, state.retired);
  observation.forget_progress();
  watch.follow(state.regs);
  context_changed();
}

// ---- events

void Core::report_mode(std::uint64_t cycle, std::uint64_t retired, Mode from, Mode to) const {
  if (Observer* const observer = observation.observer()) {
    observer->on_mode({moment(cycle, retired), from, to});
  }
}

void Core::tell_reference(const InstructionSite* site, ReferenceKind kind, VirtAddr va,
                          const mmu::Mapped& mapped, unsigned size) const {
  observation.observer()->on_reference(
      Reference{.cpu = config.id,
                .cycle = Cycles{site != nullptr ? state.cycle_at(*site) : state.cycle},
                .kind = kind,
                .mode = state.mode,
                .asid = asid_of(state.regs),
                .size = static_cast<std::uint8_t>(size),
                .cache_attribute = mapped.cache_attribute,
                .mapped = mapped.mapped,
                .va = va,
                .pa = mapped.at});
}

}  // namespace cpu
