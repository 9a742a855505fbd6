#include "disco/core/tlb/l2_tlb.hpp"

#include "common/check.hpp"
#include "disco/core/mark.hpp"

namespace disco {

namespace {

/// The lowest bit of a salt.
constexpr std::uint64_t kNextSalt = StoredEntry::kSalt & (~StoredEntry::kSalt + 1);

}  // namespace

L2Tlb::L2Tlb(std::span<Entry> storage) : storage_{storage} { CHECK(is_valid_size(storage.size())); }

L2Tlb::Entry* L2Tlb::set_for(std::uint64_t vpn2, std::uint64_t asid, unsigned size_class) const {
  const std::uint64_t page = (vpn2 & entry_hi::kVpn2) >> (entry_hi::kVpn2Shift + 2 * size_class);
  const std::uint64_t set = (page ^ asid << 4) & set_mask();
  return &storage_[set * kWays];
}

L2Tlb::Entry* L2Tlb::find_key(std::uint64_t vpn2, std::uint64_t asid, bool global,
                              unsigned size_class) const {
  Entry* set = set_for(vpn2, global ? 0 : asid, size_class);
  const std::uint64_t mask = page_mask_of(size_class);
  for (unsigned way = 0; way < kWays; ++way) {
    Entry& e = set[way];
    if (!is_live(e) || e.page_mask != mask || !e.has_pages(vpn2)) continue;
    if (e.is_global() == global && (global || e.asid() == asid)) return &e;
  }
  return nullptr;
}

const L2Tlb::Entry* L2Tlb::find(VirtAddr va, Asid asid) const {
  const std::uint64_t space = static_cast<std::uint8_t>(asid);
  const unsigned region = region_of(va.bits());
  unsigned size_class = 0;
  for (unsigned sizes = sizes_in_use_; sizes != 0; sizes >>= 1, ++size_class) {
    if ((sizes & 1) == 0) continue;
    const Entry* e = nullptr;
    if (non_globals_[region] != 0) e = find_key(va.bits(), space, false, size_class);
    if (e == nullptr && globals_[region] != 0) e = find_key(va.bits(), 0, true, size_class);
    if (e != nullptr) return e;
  }
  return nullptr;
}

bool L2Tlb::contains(const GuestEntry& entry) const {
  if (storage_.empty()) return false;
  const std::uint64_t asid = entry.hi & entry_hi::kAsid;
  return find_key(entry.hi, asid, entry.is_global(), entry.size_class()) != nullptr;
}

void L2Tlb::remove(Entry& entry) {
  const unsigned region = region_of(entry.tag);
  const unsigned size_class = entry.size_class();
  if (--of_size_[size_class] == 0) sizes_in_use_ &= ~(1u << size_class);
  --(entry.is_global() ? globals_ : non_globals_)[region];
  entry = Entry{};
}

std::optional<GuestEntry> L2Tlb::insert(const GuestEntry& entry, bool fast) {
  if (storage_.empty()) return std::nullopt;
  const std::uint64_t asid = entry.is_global() ? 0 : entry.hi & entry_hi::kAsid;
  Entry* set = set_for(entry.hi, asid, entry.size_class());
  std::optional<GuestEntry> displaced;
  if (is_live(set[0])) {
    // First in, first out: the newer entry moves to the second way.
    if (is_live(set[1])) {
      EVENT_MARK_BEFORE(l2tlb_evictions, set[1]);
      displaced = set[1].guest();
      remove(set[1]);
    }
    set[1] = set[0];
  }
  EVENT_MARK_BEFORE(l2tlb_inserts, set[0]);
  set[0] = Entry::of(entry, fast);
  set[0].tag |= salt_;
  sizes_in_use_ |= 1u << entry.size_class();
  ++of_size_[entry.size_class()];
  ++(entry.is_global() ? globals_ : non_globals_)[region_of(entry.hi)];
  return displaced;
}

void L2Tlb::drop(const GuestEntry& entry) {
  if (storage_.empty()) return;
  const std::uint64_t asid = entry.hi & entry_hi::kAsid;
  if (Entry* e = find_key(entry.hi, asid, entry.is_global(), entry.size_class())) remove(*e);
}

// An entry of a page size in use has one key that can overlap a smaller one, and as many as fit
// into a larger one. A global entry can meet those of all ASIDs: that does not happen to a kernel
// that keeps global pages apart.
std::uint64_t L2Tlb::places(const GuestEntry& entry) const {
  const unsigned region = region_of(entry.hi), own = entry.size_class();
  if (entry.is_global() && non_globals_[region] != 0) return ~std::uint64_t{0};
  std::uint64_t places = 0;
  for (unsigned n = 0; n < kPageSizes; ++n) {
    if ((sizes_in_use_ >> n & 1) != 0) places += n < own ? std::uint64_t{1} << 2 * (own - n) : 1;
  }
  return places;
}

Overlapped L2Tlb::drop_overlapping(const GuestEntry& entry) {
  constexpr std::uint64_t kMostPlaces = 24;  // 64 KB over 4 KB, and all larger sizes
  Overlapped dropped;
  if (storage_.empty()) return dropped;
  if (places(entry) > kMostPlaces) {
    flush();
    dropped.everything = true;
    return dropped;
  }
  const std::uint64_t asid = entry.hi & entry_hi::kAsid;
  const unsigned region = region_of(entry.hi);
  const bool may_be[] = {non_globals_[region] != 0, globals_[region] != 0};
  const std::uint64_t end = entry.vpn2() + entry.pair_bytes();
  unsigned size_class = 0;
  for (unsigned sizes = sizes_in_use_; sizes != 0; sizes >>= 1, ++size_class) {
    if ((sizes & 1) == 0) continue;
    for (std::uint64_t at = entry.vpn2(); at < end; at += 2 * page_bytes_of(size_class)) {
      for (const bool global : {false, true}) {
        Entry* e = may_be[global] ? find_key(at, asid, global, size_class) : nullptr;
        if (e == nullptr) continue;
        dropped.add(e->page_mask);
        remove(*e);
      }
    }
  }
  return dropped;
}

void L2Tlb::flush() {
  EVENT_MARK_BEFORE(l2tlb_flushes, sizes_in_use_);
  sizes_in_use_ = 0;
  for (std::uint32_t& n : of_size_) n = 0;
  for (std::uint32_t& n : globals_) n = 0;
  for (std::uint32_t& n : non_globals_) n = 0;
  salt_ = (salt_ + kNextSalt) & Entry::kSalt;
  clear_stale();
}

// A salt comes again after 2^18 flushes, and then none of its entries may be left: each flush
// clears a few sets, all of them in half that number.
void L2Tlb::clear_stale() {
  constexpr std::uint64_t kSets = 4, kSalts = Entry::kSalt / kNextSalt + 1;
  static_assert(kMaxEntries / kWays / kSets <= kSalts / 2);
  for (std::uint64_t n = 0; n < kSets; ++n) {
    Entry* set = &storage_[stale_from_ * kWays];
    for (unsigned way = 0; way < kWays; ++way) set[way] = Entry{};
    stale_from_ = (stale_from_ + 1) & set_mask();
  }
}

}  // namespace disco
