// What references wait in fidelity kMemory.
#include "cpu/memory/cache_timing.hpp"

#include "common/check.hpp"

namespace cpu {

void CacheTiming::follow_fidelity() {
  const bool is_wanted = core_.fidelity == Fidelity::kMemory;
  caches_ = is_wanted ? memory_.caches() : nullptr;
  CHECK(caches_ != nullptr || !is_wanted);
  instruction_tags_ = is_on() ? caches_->instruction_tags(core_.config.id) : PrimaryTags{};
  data_tags_ = is_on() ? caches_->data_tags(core_.config.id) : PrimaryTags{};
}

/// Algorithms 2 and 7 go past the caches, and those that the manual reserves do not (R10000 UM
/// table 4-2). ROM has no directory: it is read past the caches.
bool CacheTiming::is_cached(std::uint8_t attribute, const RamPage& page) {
  constexpr std::uint8_t kUncached = 2, kUncachedAccelerated = 7;
  return page.writable && attribute != kUncached && attribute != kUncachedAccelerated;
}

Cycles CacheTiming::fetch_stall(VirtAddr pc, MachineAddr at, std::uint64_t cycle) {
  if (!is_on()) return Cycles{0};  // the fidelity has just changed
  constexpr auto kFetch = CachePort::Use::kFetch;
  const CpuId id = core_.config.id;
  const Mode mode = core_.state.mode;
  if (!core_.state.block_is_cached) {
    return caches_->uncached(id, kFetch, mode, at, Cycles{cycle});
  }
  const auto met = caches_->cached(id, kFetch, mode, pc, at, Cycles{cycle});
  count_misses(kFetch, met);
  return met.stall;
}

/// What follows in the block must not execute if the limit is passed now, or if the reference took
/// the block's own line away.
void CacheTiming::stall(Cycles cycles) {
  CpuState& state = core_.state;
  state.cycle += cycles.count();
  const bool is_over = state.cycle + state.block_cycles > state.limit;
  if (is_over || !fetch_hits(state.regs.pc, state.block_at)) state.leave |= CpuState::kLeaveAfter;
}

void CacheTiming::note_cached(const InstructionSite& site, CachePort::Use use, VirtAddr va,
                              MachineAddr at) {
  if (!is_on()) return;  // the fidelity has just changed
  const CpuState& state = core_.state;
  const auto met =
      caches_->cached(core_.config.id, use, state.mode, va, at, Cycles{state.cycle_at(site)});
  count_misses(use, met);
  stall(met.stall);
}

void CacheTiming::note_reference(const InstructionSite& site, CachePort::Use use, VirtAddr va,
                                 const mmu::Mapped& mapped, const RamPage* page) {
  if (!is_on()) return;
  const MachineAddr at =
      page != nullptr ? page->at + mapped.at.offset_in(kPageSize) : MachineAddr{mapped.at.bits()};
  if (page != nullptr && is_cached(mapped.cache_attribute, *page)) {
    return note_cached(site, use, va, at);
  }
  const CpuState& state = core_.state;
  stall(caches_->uncached(core_.config.id, use, state.mode, at, Cycles{state.cycle_at(site)}));
}

void CacheTiming::count_misses(CachePort::Use use, const CachePort::Outcome& met) {
  core_.accounts.count_misses(use, met);
  if (core_.accounts.interrupts(core_.state.cycle)) core_.state.demand_attention();
}

}  // namespace cpu
