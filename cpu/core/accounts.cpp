// Cycles are settled when the mode or a counter changes; instructions are counted one by one, in
// instrumented code.
#include "cpu/core/accounts.hpp"

#include "cpu/isa/decode.hpp"

namespace cpu {

void Accounts::write_performance_inside(unsigned number, std::uint32_t value) {
  performance_.write(number, value);
  if (number == 1) counted_ &= ~EventSet{0xffff};
  if (number == 3) counted_ &= EventSet{0xffff};
}

// Not inline: callers would load cycle and retired, which have just been stored one by one, as one
// vector, and wait for both stores.
void Accounts::settle(std::uint64_t cycle, std::uint64_t retired, Mode mode) {
  counters_.cycles[static_cast<unsigned>(mode)] += cycle - cycle_;
  counters_.instructions[static_cast<unsigned>(mode)] += retired - retired_;
  performance_.count_cycles(cycle - cycle_);
  cycle_ = cycle;
  retired_ = retired;
}

std::uint64_t Accounts::next_overflow(std::uint64_t cycle) const {
  const std::uint64_t now = std::max(cycle, cycle_);
  const std::uint64_t left = performance_.cycles_to_change(unsettled(now));
  return left != kNever ? now + left : kNever;
}

bool Accounts::count_instruction(const InstructionSite& site) {
  if ((counted_ & events::kOfInstructions) == 0) return false;
  const Insn insn = decode(site.word);
  EventSet happened = events_of(insn, site.word);
  if ((happened & events::kConditionalStores) != 0 && conditional_store_failed_) {
    happened |= events::kFailedConditionalStores;
  }
  performance_.count(happened & counted_ & ~events::kCycles, graduates_twice(insn));
  return true;
}

void Accounts::count_misses(CachePort::Use use, const CachePort::Outcome& met) {
  if (performance_.watched() == 0) return;
  const bool is_fetch = use == CachePort::Use::kFetch;
  EventSet happened = 0;
  if (met.missed_primary) happened |= is_fetch ? events::kInstructionMisses : events::kDataMisses;
  if (met.missed_secondary) {
    happened |= is_fetch ? events::kSecondaryInstructionMisses : events::kSecondaryDataMisses;
  }
  if (met.was_shared) happened |= events::kStoresToShared;
  performance_.count(happened & performance_.watched(), false);
}

}  // namespace cpu
