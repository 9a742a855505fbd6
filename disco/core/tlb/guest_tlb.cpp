#include "disco/core/tlb/guest_tlb.hpp"

#include <algorithm>

#include "common/check.hpp"
#include "disco/core/mark.hpp"
#include "disco/core/memory/guest_address.hpp"

namespace disco {

namespace {

/// The address that an entry translates: compatibility segments have ones in the bits EntryHi
/// lacks.
VirtAddr address_of(std::uint64_t hi) {
  const std::uint64_t bits = hi & entry_hi::kVpn2;
  return VirtAddr{bits >> kRegionShift == kXksegRegion ? bits | entry_hi::kMissing : bits};
}

/// The largest real pages with large pages on, 256 KB: every machine page behind one is looked at.
constexpr unsigned kMostRealSize = 3;

bool is_usable(const RealEntry& entry) { return ((entry.lo0 | entry.lo1) & entry_lo::kValid) != 0; }

}  // namespace

GuestTlb::GuestTlb(const Setup& setup, Pmap& pmap, Hardware& hardware, Counters& counters)
    : virtual_{setup.entries},
      l2_{setup.l2_storage, setup.entries},
      pmap_{pmap},
      hardware_{hardware},
      counters_{counters},
      large_pages_{setup.large_pages},
      vcpu_{setup.vcpu},
      random_state_{setup.seed != 0 ? setup.seed : 1} {}

// ---- finding

TlbFound GuestTlb::find(VirtAddr va, Asid asid) const {
  PHASE_MARK(virtual_tlb);
  if (const StoredEntry* e = virtual_.find(va, asid)) return {e, TlbLevel::kVirtual};
  PHASE_MARK(l2tlb);
  return {l2tlb().find(va, asid), TlbLevel::kL2};
}

// ---- Random: a seeded sequence over [wired, entries), one step per use (as the machine's "lfsr")

unsigned GuestTlb::random() const {
  const unsigned entries = virtual_.entries();
  if (wired_ >= entries) return entries - 1;
  // The upper half of a product instead of a remainder: a division costs 35 cycles.
  const std::uint64_t draw = random_state_ >> 32;
  return wired_ + static_cast<unsigned>((draw * (entries - wired_)) >> 32);
}

void GuestTlb::step_random() {
  random_state_ ^= random_state_ << 13;
  random_state_ ^= random_state_ >> 7;
  random_state_ ^= random_state_ << 17;
}

// ---- the guest's TLB instructions

unsigned GuestTlb::write_indexed(unsigned index, const GuestEntry& entry, VirtAddr hint) {
  if (index >= virtual_.entries()) return 0;
  named_.insert(index);
  const unsigned overlapping = write(index, entry, Replacement::kIndexed, hint);
  note_covered(index);
  return overlapping;
}

unsigned GuestTlb::write_random(const GuestEntry& entry, VirtAddr hint) {
  const unsigned index = random();
  step_random();
  named_.clear();
  return write(index, entry, Replacement::kRandom, hint);
}

unsigned GuestTlb::write(unsigned index, const GuestEntry& raw, Replacement how, VirtAddr hint) {
  PHASE_MARK(virtual_tlb);
  const GuestEntry entry = normalised(raw);
  const bool had_old = virtual_.at(index).live != 0;
  const GuestEntry old = virtual_.read(index);
  virtual_.kill(index);
  Overlapped overlapped = virtual_.kill_overlapping(entry);
  const unsigned overlapping = overlapped.count;
  const bool fast = is_fast(entry);
  virtual_.place(index, entry, fast);
  if (fast && entry.page_mask != 0) has_fast_large_entries_ = true;
  if (entry.hi >> kRegionShift == kXssegRegion) has_xsseg_entries_ = true;

  bool old_is_gone = had_old;
  if (l2tlb().size() != 0) {
    PHASE_MARK(l2tlb);
    overlapped.add(update_l2(index, entry, had_old ? &old : nullptr, how));
    // The L2TLB may know the old one's page as the new one's.
    if (had_old && how == Replacement::kRandom)
      old_is_gone = overlaps(old, entry) || !l2tlb().contains(old);
  }

  PHASE_MARK(tlb_write);
  note_mappings(entry);
  if (overlapped.everything) {
    follow_l2_flush();
  } else if (overlapped.count > 0) {
    drop_overlapped(entry, overlapped.page_mask);
  }
  enter_written(entry, hint, old_is_gone ? &old : nullptr);
  return overlapping;
}

Overlapped GuestTlb::update_l2(unsigned index, const GuestEntry& entry, const GuestEntry* old,
                               Replacement how) {
  const auto fast = [this](const GuestEntry& e) { return is_fast(e); };
  const auto came_in = [this](const std::optional<GuestEntry>& displaced) {
    ++counters_.l2tlb_inserts;
    if (!displaced) return;
    ++counters_.l2tlb_evictions;
    if (virtual_.find(address_of(displaced->hi), displaced->asid()) == nullptr)
      drop_real(*displaced);
  };
  return l2_.write(index, wired_, entry, old, how, fast, came_in);
}

GuestEntry GuestTlb::read(unsigned index) {
  if (index >= virtual_.entries()) return {};
  named_.insert(index);
  const GuestEntry entry = virtual_.read(index);
  note_covered(index);
  return entry;
}

std::optional<unsigned> GuestTlb::probe(std::uint64_t hi) {
  PHASE_MARK(virtual_tlb);
  auto index = virtual_.probe(hi);
  if (!index) {
    PHASE_MARK(l2tlb);
    const Asid asid{static_cast<std::uint8_t>(hi & entry_hi::kAsid)};
    if (const StoredEntry* held = l2tlb().find(address_of(hi), asid)) index = pull(held->guest());
  }
  if (index) named_.insert(*index);
  return index;
}

// tlbp found an entry that only the L2TLB has: the guest is told an index, and the entry is there.
// Where there is no place for it, it is not there at all, as any entry may be that tlbwr could have
// replaced.
std::optional<unsigned> GuestTlb::pull(const GuestEntry& entry) {
  const auto victim = unnamed_index();
  if (!victim) {
    l2_.drop(entry);
    drop_real(entry);
    return std::nullopt;
  }
  const GuestEntry old = virtual_.read(*victim);
  const bool had_old = virtual_.at(*victim).live != 0;
  virtual_.kill(*victim);
  virtual_.place(*victim, entry, is_fast(entry));
  if (had_old && !l2tlb().contains(old)) drop_real(old);
  EVENT_MARK_BEFORE(l2tlb_pulls, counters_.l2tlb_pulls);
  ++counters_.l2tlb_pulls;
  return victim;
}

// Between two tlbwr a kernel may rely on every index that it was told or has written: none of
// those.
std::optional<unsigned> GuestTlb::unnamed_index() {
  const unsigned first = random(), entries = virtual_.entries();
  step_random();
  if (wired_ >= entries) return std::nullopt;
  for (unsigned n = 0; n < entries - wired_; ++n) {
    const unsigned past = first + n;
    const unsigned index = past < entries ? past : past - entries + wired_;
    if (!named_.contains(index)) return index;
  }
  return std::nullopt;
}

void GuestTlb::note_covered(unsigned index) {
  if (l2_.cover(index, wired_)) follow_l2_flush();
}

// What only the L2TLB still held is gone: from the real TLB too.
void GuestTlb::follow_l2_flush() {
  ++counters_.l2tlb_flushes;
  flush_real();
}

// ---- the real TLB

bool GuestTlb::is_fast(const GuestEntry& entry) const {
  const unsigned size_class = entry.size_class();
  const unsigned largest = large_pages_ == LargePages::kOn ? 0 : 1;
  if (size_class > largest || entry.is_global()) return false;
  const std::uint64_t pages = pmap_.low_pages(), last = page_bytes_of(size_class) / kPageSize - 1;
  const auto is_low = [&](std::uint64_t lo) {
    return (lo >> entry_lo::kFrameShift | last) < pages;
  };
  return is_low(entry.lo0) && is_low(entry.lo1);
}

bool GuestTlb::is_dead(Backmap name) const {
  if (name.is_many() || name.is_in_spaces() || !name.is_of_only(vcpu_)) return false;
  const VirtAddr va = address_of(name.vpn2());
  return virtual_.find(va, name.asid()) == nullptr && l2tlb().find(va, name.asid()) == nullptr;
}

void GuestTlb::note_mapping(PhysAddr page, Backmap name) {
  pmap_.note_mapping(page, name, [this](Backmap old) { return is_dead(old); });
}

// 4 KB pages by their entry, 16 KB pages by their first page; of larger ones those parts are noted
// that are entered (note_part).
void GuestTlb::note_mappings(const GuestEntry& entry) {
  const unsigned size_class = entry.size_class();
  if (size_class > 1) return;
  for (const bool odd : {false, true}) {
    const std::uint64_t lo = odd ? entry.lo1 : entry.lo0;
    if ((lo & entry_lo::kValid) == 0) continue;
    const std::uint64_t vpn2 = entry.vpn2() + (odd ? size_class * page_bytes_of(1) : 0);
    const Backmap name = Backmap::of(vpn2, entry.asid(), entry.is_global(), vcpu_);
    note_mapping(frame_of(lo, size_class), size_class == 0 ? name : name.large());
  }
}

void GuestTlb::set_space(const GuestSpace& space) {
  space_.sx = space.kx && space.sx;
  space_.erl = space.erl;
  flush_real();
}

void GuestTlb::note_part(const GuestEntry& entry, VirtAddr va) {
  const unsigned size_class = entry.size_class();
  const std::uint64_t lo = entry.lo_for(va);
  if (size_class <= 1 || (lo & entry_lo::kValid) == 0) return;
  const std::uint64_t offset = va.offset_in(page_bytes_of(size_class)) & ~(2 * kPageSize - 1);
  const Backmap name = Backmap::of(vpn2_bits(va), entry.asid(), entry.is_global(), vcpu_);
  for (const std::uint64_t half : {std::uint64_t{0}, kPageSize})
    note_mapping(frame_of(lo, size_class) + offset + half, name);
}

void GuestTlb::insert_real(const RealEntry& entry, std::uint64_t in_place_of) {
  ++counters_.real_inserts;
  hardware_.tlb_insert(entry, in_place_of);
}

// The pages that `page_mask` covers around `entry`'s, as its address space sees them.
void GuestTlb::drop_pairs(const GuestEntry& entry, std::uint64_t page_mask) {
  // Asking for one pair after the other is quicker than looking at all entries, up to here.
  constexpr std::uint64_t kPairBytes = 2 * kPageSize, kMostBytes = 16 * kPairBytes;
  const std::uint64_t first = entry.vpn2() & ~page_mask, bytes = page_mask + kPairBytes;
  unsigned dropped = 0;
  if (bytes > kMostBytes) {
    dropped = hardware_.tlb_drop_range(first, bytes, entry.asid(), false);
  } else {
    const std::uint64_t space = entry.hi & entry_hi::kAsid;
    for (std::uint64_t at = 0; at < bytes; at += kPairBytes)
      dropped += hardware_.tlb_drop((first + at) | space) ? 1 : 0;
  }
  counters_.real_drops += dropped;
}

// Something that overlapped `entry` is no longer the guest's: it had the same pages or, if it was
// larger, others around those; and a global entry overlaps those of every address space.
void GuestTlb::drop_overlapped(const GuestEntry& entry, std::uint64_t largest_mask) {
  const std::uint64_t mask = entry.page_mask | largest_mask;
  if (!entry.is_global()) {
    drop_pairs(entry, mask);
  } else {
    counters_.real_drops +=
        hardware_.tlb_drop_range(entry.vpn2() & ~mask, mask + 2 * kPageSize, entry.asid(), true);
  }
}

void GuestTlb::flush_real() {
  EVENT_MARK_BEFORE(real_flushes, counters_.real_flushes);
  ++counters_.real_flushes;
  hardware_.tlb_flush();
}

// The machine's pair for an entry of 4 KB pages.
RealEntry GuestTlb::real_pair(const GuestEntry& entry) const {
  const std::uint64_t global = entry.lo0 & entry_lo::kGlobal;
  return {.hi = entry.hi,
          .lo0 = pmap_.real_lo(frame_of(entry.lo0, 0), entry.lo0) | global,
          .lo1 = pmap_.real_lo(frame_of(entry.lo1, 0), entry.lo1) | global,
          .page_mask = 0};
}

// The pair of 4 KB pages around `va` out of an entry with larger ones: both lie in one of its
// pages.
RealEntry GuestTlb::real_part(const GuestEntry& entry, VirtAddr va) const {
  const unsigned size_class = entry.size_class();
  const std::uint64_t global = entry.lo0 & entry_lo::kGlobal;
  const std::uint64_t lo = entry.lo_for(va);
  const std::uint64_t offset = va.offset_in(page_bytes_of(size_class)) & ~(2 * kPageSize - 1);
  const PhysAddr pair = frame_of(lo, size_class) + offset;
  return {.hi = vpn2_bits(va) | (entry.hi & entry_hi::kAsid),
          .lo0 = pmap_.real_lo(pair, lo) | global,
          .lo1 = pmap_.real_lo(pair + kPageSize, lo) | global,
          .page_mask = 0};
}

std::optional<RealEntry> GuestTlb::large_real_entry(const GuestEntry& entry, VirtAddr va) const {
  const unsigned size_class = entry.size_class();
  const std::uint64_t global = entry.is_global() ? entry_lo::kGlobal : 0;
  const std::uint64_t asid = entry.hi & entry_hi::kAsid;
  for (unsigned n = std::min(size_class, kMostRealSize); n > 0; --n) {
    const std::uint64_t bytes = page_bytes_of(n);
    std::uint64_t lo0 = entry.lo0, lo1 = entry.lo1;
    PhysAddr page0 = frame_of(lo0, size_class), page1 = frame_of(lo1, size_class);
    if (n < size_class) {
      lo0 = lo1 = entry.lo_for(va);
      page0 = frame_of(lo0, size_class) +
              VirtAddr{va.offset_in(page_bytes_of(size_class))}.aligned_down(2 * bytes).bits();
      page1 = page0 + bytes;
    }
    const auto fits = [&](PhysAddr page, std::uint64_t lo) {
      return (lo & entry_lo::kValid) == 0 || pmap_.is_contiguous(page, bytes);
    };
    if (!fits(page0, lo0) || !fits(page1, lo1)) continue;
    return RealEntry{.hi = (vpn2_bits(va) & ~page_mask_of(n)) | asid,
                     .lo0 = pmap_.real_lo(page0, lo0) | global,
                     .lo1 = pmap_.real_lo(page1, lo1) | global,
                     .page_mask = page_mask_of(n)};
  }
  return std::nullopt;
}

void GuestTlb::enter_written(const GuestEntry& entry, VirtAddr hint, const GuestEntry* gone) {
  const bool small = entry.page_mask == 0;
  const VirtAddr va = small ? address_of(entry.hi) : hint;
  const bool wanted =
      entry.has_valid_page() && (small || entry.matches(va, entry.asid())) && is_enterable(va);
  if (!wanted) {
    if (gone != nullptr) drop_real(*gone);
    return;
  }
  const RealEntry real = best_real_entry(entry, va);
  const bool usable = is_usable(real);
  const bool in_place = usable && gone != nullptr && gone->page_mask == 0;
  if (gone != nullptr && !in_place) drop_real(*gone);
  if (!usable) return;
  note_part(entry, va);
  insert_real(real, in_place ? gone->hi : real.hi);
}

RealEntry GuestTlb::best_real_entry(const GuestEntry& entry, VirtAddr va) const {
  if (large_pages_ == LargePages::kOn) {
    if (const auto large = large_real_entry(entry, va)) return *large;
  }
  return entry.page_mask == 0 ? real_pair(entry) : real_part(entry, va);
}

void GuestTlb::enter(const StoredEntry& stored, VirtAddr va) {
  PHASE_MARK(tlb_write);
  const GuestEntry entry = stored.guest();
  const RealEntry real = best_real_entry(entry, va);
  if (real.page_mask != 0) {
    // Smaller pages of the same entry may be in the way.
    const std::uint64_t bytes = 2 * kPageSize + real.page_mask;
    counters_.real_drops +=
        hardware_.tlb_drop_range(real.hi & entry_hi::kVpn2, bytes, entry.asid(), entry.is_global());
  }
  note_part(entry, va);
  insert_real(real, real.hi);
}

void GuestTlb::enter_direct(VirtAddr va, PhysAddr pa, std::uint64_t cache) {
  PHASE_MARK(tlb_write);
  const std::uint64_t lo = cache | entry_lo::kDirty | entry_lo::kValid | entry_lo::kGlobal;
  unsigned n = large_pages_ == LargePages::kOn ? kMostRealSize : 0;
  const auto pair_at = [&](unsigned size_class) {
    return pa.aligned_down(2 * page_bytes_of(size_class));
  };
  while (n > 0 && !(pmap_.is_contiguous(pair_at(n), page_bytes_of(n)) &&
                    pmap_.is_contiguous(pair_at(n) + page_bytes_of(n), page_bytes_of(n)))) {
    --n;
  }
  const RealEntry real{.hi = vpn2_bits(va) & ~page_mask_of(n),
                       .lo0 = pmap_.real_lo(pair_at(n), lo) | entry_lo::kGlobal,
                       .lo1 = pmap_.real_lo(pair_at(n) + page_bytes_of(n), lo) | entry_lo::kGlobal,
                       .page_mask = page_mask_of(n)};
  insert_real(real, real.hi);
}

}  // namespace disco
