// Fidelity kMemory: what references ask the caches, and what an instruction then waits.
#include <bit>

#include "cpu/interpreter/interpreter.hpp"

namespace cpu {

namespace {

constexpr std::uint64_t kNoPc = 1;  // odd: no instruction is there

/// Cache algorithms (R10000 UM table 4-2) that go past the caches. Those that the manual reserves
/// are cached.
constexpr bool is_uncached(std::uint8_t attribute) {
  constexpr std::uint8_t kUncached = 2, kUncachedAccelerated = 7;
  return attribute == kUncached || attribute == kUncachedAccelerated;
}

}  // namespace

void Engine::use_caches() {
  caches_ = fidelity_ == Fidelity::kMemory ? memory_.caches() : nullptr;
  CHECK(caches_ != nullptr || fidelity_ != Fidelity::kMemory);
  instruction_tags_ = caches_ != nullptr ? caches_->instruction_tags(config_.id) : PrimaryTags{};
  data_tags_ = caches_ != nullptr ? caches_->data_tags(config_.id) : PrimaryTags{};
  forget_code();
  flush_translations();
}

/// ROM has no directory: it is read past the caches.
bool Engine::is_cached(std::uint8_t attribute, const RamPage& page) const {
  return page.writable && !is_uncached(attribute);
}

// ---- fetches

/// Fetches the first instruction of the block at pc. Returns whether it may execute now: not where
/// the wait for it went past the limit, which is looked at between a fetch and its instruction,
/// too. It is not fetched again then.
bool Engine::fetch_line(bool is_slot) {
  const FetchEntry& entry = fetch_slot(regs.pc);
  fetch_machine_ = entry.page->at.bits() | regs.pc % kPageSize;
  fetch_cached_ = entry.cached;
  fetch_stall_ = 0;
  const bool hits =
      fetched_pc_ == kNoPc && entry.cached && instruction_tags_.may_read(regs.pc, fetch_machine_);
  return hits ? true : fetch_line_slow(is_slot);
}

bool Engine::fetch_line_slow(bool is_slot) {
  const bool is_fetched = fetched_pc_ == regs.pc;
  fetched_pc_ = kNoPc;
  if (is_fetched) return true;
  fetch_reported_ = false;
  fetch_stall_ = fetch_stall(regs.pc, fetch_machine_, cycle_).count();
  cycle_ += fetch_stall_;
  if (is_slot || cycle_ < limit_) return true;
  fetched_pc_ = regs.pc;
  if (observer_ != nullptr && references_) {
    report_fetch_from(nullptr, regs.pc);
    fetch_reported_ = true;
  }
  return false;
}

/// A branch and its delay slot are never parted, so nothing is left here, whatever the wait.
void Engine::fetch_slot_line(const Decoded* d) {
  const std::uint64_t machine = (fetch_machine_ & ~(kPageSize - 1)) | pc_at(d) % kPageSize;
  fetch_stall_ = fetch_stall(pc_at(d), machine, cycle_at(d)).count();
  cycle_ += fetch_stall_;
}

Cycles Engine::fetch_stall(std::uint64_t pc, std::uint64_t machine, std::uint64_t cycle) {
  if (caches_ == nullptr) return Cycles{0};  // the fidelity has just changed
  constexpr auto kFetch = CachePort::Use::kFetch;
  const MachineAddr at{machine};
  if (!fetch_cached_) return caches_->uncached(config_.id, kFetch, mode_, at, Cycles{cycle});
  const auto met = caches_->cached(config_.id, kFetch, mode_, VirtAddr{pc}, at, Cycles{cycle});
  count_misses(kFetch, met);
  return met.stall;
}

// ---- data

/// The instruction under way takes so much longer. What follows in its block must not execute if
/// the limit is passed now, or if the reference took the block's own line away.
void Engine::stall(Cycles cycles) {
  cycle_ += cycles.count();
  if (cycle_ + block_cycles_ > limit_ || !instruction_tags_.may_read(regs.pc, fetch_machine_))
    leave_ |= kLeaveAfter;
}

void Engine::note_cached(const Decoded* d, CachePort::Use use, std::uint64_t va, MachineAddr at) {
  if (caches_ == nullptr) return;  // the fidelity has just changed
  const auto met = caches_->cached(config_.id, use, mode_, VirtAddr{va}, at, Cycles{cycle_at(d)});
  count_misses(use, met);
  stall(met.stall);
}

void Engine::note_reference(const Decoded* d, CachePort::Use use, std::uint64_t va,
                            const mmu::Mapped& mapped, const RamPage* page) {
  if (caches_ == nullptr) return;
  const MachineAddr at =
      page != nullptr ? page->at + mapped.at.offset_in(kPageSize) : MachineAddr{mapped.at.bits()};
  if (page != nullptr && is_cached(mapped.cache_attribute, *page))
    return note_cached(d, use, va, at);
  stall(caches_->uncached(config_.id, use, mode_, at, Cycles{cycle_at(d)}));
}

// ---- the CACHE instruction (R10000 UM 10)

void Engine::report_cache_operation(const Decoded* d, unsigned op, std::uint64_t va,
                                    std::optional<PhysAddr> pa) {
  if (observer_ == nullptr || !references_) return;
  observer_->on_cache_operation({.at = moment(cycle_at(d), retired_at(d)),
                                 .mode = mode_,
                                 .operation = static_cast<std::uint8_t>(op),
                                 .va = VirtAddr{va},
                                 .pa = pa});
}

void Engine::cache_operation(const Decoded* d, unsigned op, std::uint64_t va) {
  constexpr unsigned kIndexLoadTag = 1, kHitInvalidate = 4, kHitWriteBack = 5, kIndexLoadData = 6, kBarrier = 0b10100;
  constexpr unsigned kNoCache = 2;
  const unsigned kind = op >> 2;
  drop_link();
  const bool is_hit_operation =
      (kind == kHitInvalidate || kind == kHitWriteBack) && op != kBarrier;
  const auto mapped = mmu::translate(tlb_, address_space(), VirtAddr{va}, mmu::Access::kLoad);
  if (!mapped &&
      (is_hit_operation || mapped.error().kind == mmu::FaultKind::kAddressError)) {
    return record_address_fault(mapped.error(), va, mmu::Access::kLoad);
  }
  report_cache_operation(d, op, va, is_hit_operation ? std::optional{mapped->at} : std::nullopt);
  const bool has_cache = caches_ != nullptr && op % 4 != kNoCache;
  const auto cache = op % 4 == 0   ? CacheName::kPrimaryInstruction
                     : op % 4 == 1 ? CacheName::kPrimaryData
                                   : CacheName::kSecondary;
  if (kind == kIndexLoadTag || kind == kIndexLoadData) {
    regs.tag_lo = regs.tag_hi = 0;
    if (kind == kIndexLoadData) regs.ecc = 0;  // data is in memory, not in lines
    if (kind == kIndexLoadTag && has_cache) load_cache_tag(cache, va);
  } else if (is_hit_operation) {
    const bool hit = has_cache && hit_operation(d, cache, va, *mapped);
    if (op % 4 == 3) regs.status = hit ? regs.status | status::kCh : regs.status & ~status::kCh;
  } else if (has_cache && op != kBarrier) {
    index_operation(d, kind, cache, va);
  }
}

bool Engine::hit_operation(const Decoded* d, CacheName cache, std::uint64_t va,
                           const mmu::Mapped& mapped) {
  const auto page = memory_.ram_page(config_.id, mapped.at.aligned_down(kPageSize));
  if (!page || !page->writable) return false;
  const MachineAddr at = page->at + mapped.at.offset_in(kPageSize);
  const auto done =
      caches_->hit_invalidate(config_.id, cache, VirtAddr{va}, at, Cycles{cycle_at(d)});
  stall(done.stall);
  return done.hit;
}

/// What writes to lines; data and tags that software makes up are not kept, so both end in invalid lines.
void Engine::index_operation(const Decoded* d, unsigned kind, CacheName cache, std::uint64_t va) {
  constexpr unsigned kIndexInvalidate = 0, kIndexStoreTag = 2;
  if (kind != kIndexInvalidate && kind != kIndexStoreTag) return;
  stall(caches_->index_invalidate(config_.id, cache, VirtAddr{va}, Cycles{cycle_at(d)}));
}

/// TagLo and TagHi as R10000 UM 14.23 draws them; parity is even, tag ECC is not modelled. Without
/// caches every line is invalid. Ways count from the most recently used one.
void Engine::load_cache_tag(CacheName cache, std::uint64_t va) {
  const CachePort::Tag tag = caches_->index_load_tag(config_.id, cache, VirtAddr{va});
  if (tag.state == 0) return;
  const std::uint64_t at = tag.at.bits();
  const auto parity = [](std::uint64_t bits) {
    return static_cast<std::uint64_t>(std::popcount(bits) & 1);
  };
  regs.tag_hi = at >> 36 & 0xf;
  if (cache == CacheName::kSecondary) {
    regs.tag_lo = (at >> 18 & 0x3ffff) << 14 | std::uint64_t{tag.state} << 10 |
                  std::uint64_t{tag.virtual_index & 3u} << 7;
    return;
  }
  const std::uint64_t is_older = va & 1;
  regs.tag_lo = (at >> 12 & 0xffffff) << 8 | is_older << 3 | parity(at >> 12 & 0xfffffff);
  if (cache == CacheName::kPrimaryInstruction) {
    regs.tag_lo |= 1 << 6 | 1 << 2;
    return;
  }
  constexpr std::uint64_t kWritten = 0b010, kNeither = 0b001;
  regs.tag_lo |= std::uint64_t{tag.state} << 6 | parity(tag.state) << 2 |
                 std::uint64_t{tag.secondary_way & 1u} << 1;
  regs.tag_hi |= (tag.is_written ? kWritten : kNeither) << 29;
}

}  // namespace cpu
