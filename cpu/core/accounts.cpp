// The performance counters and the engine's clock: cycles are settled when the mode or a counter changes, like
// the by-mode accounts; instructions are counted one by one, in instrumented code.
#include "cpu/interpreter/interpreter.hpp"
#include "cpu/isa/decode.hpp"

namespace cpu {

std::uint32_t Engine::performance_value(unsigned number) const {
  return performance_.read_after(number, unsettled(cycle_));
}

void Engine::set_performance_value(unsigned number, std::uint32_t value) {
  account(std::max(cycle_, accounted_cycle_), std::max(retired_, accounted_retired_));
  performance_.write(number, value);
  context_changed();
  demand_attention();
}

std::uint32_t Engine::read_performance(const Decoded* d, unsigned number) const {
  return performance_.read_after(number, unsettled(cycle_at(d)));
}

/// The instruction itself still counts as the control register said before; a counter that it writes starts
/// with the next one.
void Engine::write_performance(const Decoded* d, unsigned number, std::uint64_t value) {
  account(cycle_at(d) + d->cost, retired_at(d) + 1);
  performance_.write(number, static_cast<std::uint32_t>(value));
  if (number == 1) counted_ &= ~EventSet{0xffff};
  if (number == 3) counted_ &= EventSet{0xffff};
  context_changed();
  demand_attention();
}

void Engine::count_instruction(const Decoded* d) {
  const Insn insn = decode(d->word);
  EventSet happened = events_of(insn, d->word);
  if ((happened & events::kConditionalStores) != 0 && conditional_store_failed_) {
    happened |= events::kFailedConditionalStores;
  }
  performance_.count(happened & counted_ & ~events::kCycles, graduates_twice(insn));
  if (overflow_interrupts(cycle_)) demand_attention();
}

void Engine::count_tlb_miss() {
  performance_.count(events::kTlbMisses & performance_.watched(), false);
}

void Engine::count_misses(CachePort::Use use, const CachePort::Outcome& met) {
  if (performance_.watched() == 0) return;
  const bool fetch = use == CachePort::Use::kFetch;
  EventSet happened = 0;
  if (met.missed_primary) happened |= fetch ? events::kInstructionMisses : events::kDataMisses;
  if (met.missed_secondary) {
    happened |= fetch ? events::kSecondaryInstructionMisses : events::kSecondaryDataMisses;
  }
  if (met.was_shared) happened |= events::kStoresToShared;
  performance_.count(happened & performance_.watched(), false);
  if (overflow_interrupts(cycle_)) demand_attention();
}

void Engine::set_overflow_deadline() {
  overflow_at_ = kNever;
  if (!performance_.can_interrupt()) return;
  const std::uint64_t now = std::max(cycle_, accounted_cycle_);
  const std::uint64_t left = performance_.cycles_to_change(unsettled(now));
  if (left != kNever) overflow_at_ = now + left;
}

}  // namespace cpu
