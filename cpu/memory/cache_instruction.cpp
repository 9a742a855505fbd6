// What CACHE does to lines, and what it leaves in TagLo, TagHi, ECC and Status.CH.
#include "cpu/memory/cache_instruction.hpp"

#include <bit>

namespace cpu {

namespace {
// The upper three bits of the field; the lower two name the cache.
constexpr unsigned kIndexInvalidate = 0, kIndexLoadTag = 1, kIndexStoreTag = 2, kHitInvalidate = 4,
                   kHitWriteBack = 5, kIndexLoadData = 6;
constexpr unsigned kBarrier = 0b10100;  // the whole field
constexpr unsigned kNoCache = 2, kSecondary = 3;

CacheName cache_of(unsigned op) {
  switch (op % 4) {
    case 0: return CacheName::kPrimaryInstruction;
    case 1: return CacheName::kPrimaryData;
    default: return CacheName::kSecondary;
  }
}

std::uint64_t parity(std::uint64_t bits) {
  return static_cast<std::uint64_t>(std::popcount(bits) & 1);
}
}  // namespace

void CacheInstruction::execute(const InstructionSite& site, unsigned op, VirtAddr va) {
  CpuState& state = core_.state;
  Registers& regs = state.regs;
  const unsigned kind = op >> 2;
  core_.link.drop();
  const bool is_hit_operation = (kind == kHitInvalidate || kind == kHitWriteBack) && op != kBarrier;
  const auto mapped = mmu::translate(core_.tlb, state.address_space(), va, mmu::Access::kLoad);
  if (!mapped && (is_hit_operation || mapped.error().kind == mmu::FaultKind::kAddressError)) {
    return state.raise(address_fault(mapped.error(), va, mmu::Access::kLoad));
  }
  report(site, op, va, is_hit_operation ? std::optional{mapped->at} : std::nullopt);
  const bool has_cache = timing_.is_on() && op % 4 != kNoCache;
  const CacheName cache = cache_of(op);
  if (kind == kIndexLoadTag || kind == kIndexLoadData) {
    regs.tag_lo = 0;
    regs.tag_hi = 0;
    if (kind == kIndexLoadData) regs.ecc = 0;  // data is in memory, not in lines
    if (kind == kIndexLoadTag && has_cache) load_tag(cache, va);
  } else if (is_hit_operation) {
    const bool hit = has_cache && hit_operation(site, cache, va, *mapped);
    if (op % 4 == kSecondary) {
      regs.status = hit ? regs.status | status::kCh : regs.status & ~status::kCh;
    }
  } else if (has_cache && op != kBarrier) {
    index_operation(site, kind, cache, va);
  }
}

void CacheInstruction::report(const InstructionSite& site, unsigned op, VirtAddr va,
                              std::optional<PhysAddr> pa) const {
  if (!core_.observation.wants_references()) return;
  core_.observation.observer()->on_cache_operation({.at = core_.moment_before(site),
                                                    .mode = core_.state.mode,
                                                    .operation = static_cast<std::uint8_t>(op),
                                                    .va = va,
                                                    .pa = pa});
}

bool CacheInstruction::hit_operation(const InstructionSite& site, CacheName cache, VirtAddr va,
                                     const mmu::Mapped& mapped) {
  const CpuId id = core_.config.id;
  const auto page = memory_.ram_page(id, mapped.at.aligned_down(kPageSize));
  if (!page || !page->writable) return false;
  const MachineAddr at = page->at + mapped.at.offset_in(kPageSize);
  const auto done =
      timing_.caches()->hit_invalidate(id, cache, va, at, Cycles{core_.state.cycle_at(site)});
  timing_.stall(done.stall);
  return done.hit;
}

/// Data and tags that software makes up are not kept, so what writes to lines ends in invalid ones.
void CacheInstruction::index_operation(const InstructionSite& site, unsigned kind, CacheName cache,
                                       VirtAddr va) {
  if (kind != kIndexInvalidate && kind != kIndexStoreTag) return;
  timing_.stall(timing_.caches()->index_invalidate(core_.config.id, cache, va,
                                                   Cycles{core_.state.cycle_at(site)}));
}

/// TagLo and TagHi as R10000 UM 14.23 draws them; parity is even, tag ECC is not modelled. Without
/// caches every line is invalid. Ways count from the most recently used one.
void CacheInstruction::load_tag(CacheName cache, VirtAddr va) {
  Registers& regs = core_.state.regs;
  const CachePort::Tag tag = timing_.caches()->index_load_tag(core_.config.id, cache, va);
  if (tag.state == 0) return;
  const std::uint64_t at = tag.at.bits();
  regs.tag_hi = at >> 36 & 0xf;
  if (cache == CacheName::kSecondary) {
    regs.tag_lo = (at >> 18 & 0x3ffff) << 14 | std::uint64_t{tag.state} << 10 |
                  std::uint64_t{tag.virtual_index & 3u} << 7;
    return;
  }
  const std::uint64_t is_older = va.bits() & 1;
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
