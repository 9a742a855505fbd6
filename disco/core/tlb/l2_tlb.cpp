#include "disco/core/tlb/l2_tlb.hpp"

#include "common/check.hpp"
#include "disco/core/mark.hpp"

namespace disco {

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
    if (e.live == 0 || e.page_mask != mask || !e.has_pages(vpn2)) continue;
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
  if (set[0].live != 0) {
    // First in, first out: the newer entry moves to the second way.
    if (set[1].live != 0) {
      EVENT_MARK_BEFORE(l2tlb_evictions, set[1]);
      displaced = set[1].guest();
      remove(set[1]);
    }
    set[1] = set[0];
  }
  EVENT_MARK_BEFORE(l2tlb_inserts, set[0]);
  set[0] = Entry::of(entry, fast);
  sizes_in_use_ |= 1u << entry.size_class();
  ++of_size_[entry.size_class()];
  ++(entry.is_global() ? globals_ : non_globals_)[region_of(entry.hi)];
  return displaced;
}

// An entry of another page size may lie in any set, and so may the entries of other ASIDs that a
// global one overlaps. Neither happens to a kernel that uses one page size and keeps global pages
// apart.
bool L2Tlb::needs_search(const GuestEntry& entry) const {
  if ((sizes_in_use_ & ~(1u << entry.size_class())) != 0) return true;
  return entry.is_global() && non_globals_[region_of(entry.hi)] != 0;
}

Overlapped L2Tlb::drop_by_search(const GuestEntry& entry) {
  Overlapped dropped;
  for (Entry& e : storage_) {
    if (e.live == 0 || !overlaps(e.guest(), entry)) continue;
    dropped.add(e.page_mask);
    remove(e);
  }
  return dropped;
}

Overlapped L2Tlb::drop_overlapping(const GuestEntry& entry) {
  if (storage_.empty()) return {};
  if (needs_search(entry)) return drop_by_search(entry);
  const unsigned size_class = entry.size_class();
  const std::uint64_t asid = entry.hi & entry_hi::kAsid;
  Overlapped dropped;
  for (const bool global : {false, true}) {
    if (Entry* e = find_key(entry.hi, asid, global, size_class)) {
      dropped.add(e->page_mask);
      remove(*e);
    }
  }
  return dropped;
}

void L2Tlb::flush() {
  for (Entry& e : storage_) e = Entry{};
  EVENT_MARK_BEFORE(l2tlb_flushes, sizes_in_use_);
  sizes_in_use_ = 0;
  for (std::uint32_t& n : of_size_) n = 0;
  for (std::uint32_t& n : globals_) n = 0;
  for (std::uint32_t& n : non_globals_) n = 0;
}

}  // namespace disco
