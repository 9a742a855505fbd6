#include "disco/core/tlb/virtual_tlb.hpp"

#include "common/check.hpp"

namespace disco {

VirtualTlb::VirtualTlb(unsigned entries) : entries_{entries} {
  CHECK(entries >= kMinEntries && entries <= kMaxEntries);
  for (std::uint16_t& head : heads_) head = StoredEntry::kNone;
}

const StoredEntry* VirtualTlb::find_in(std::uint64_t va_bits, std::uint64_t asid,
                                       unsigned size_class) const {
  std::uint16_t index = heads_[bucket_of(va_bits, size_class)];
  while (index != StoredEntry::kNone) {
    const StoredEntry& e = slots_[index];
    if (e.has_pages(va_bits) && (e.asid() == asid || e.is_global()) &&
        e.page_mask == page_mask_of(size_class)) {
      return &e;
    }
    index = e.next;
  }
  return nullptr;
}

const StoredEntry* VirtualTlb::find(VirtAddr va, Asid asid) const {
  unsigned size_class = 0;
  for (unsigned sizes = sizes_in_use_; sizes != 0; sizes >>= 1, ++size_class) {
    if ((sizes & 1) == 0) continue;
    const StoredEntry* e = find_in(va.bits(), static_cast<std::uint8_t>(asid), size_class);
    if (e != nullptr) return e;
  }
  return nullptr;
}

std::optional<unsigned> VirtualTlb::probe(std::uint64_t hi) const {
  const Asid asid{static_cast<std::uint8_t>(hi & entry_hi::kAsid)};
  const StoredEntry* e = find(VirtAddr{hi & entry_hi::kVpn2}, asid);
  if (e == nullptr) return std::nullopt;
  return index_of_entry(e);
}

void VirtualTlb::unlink(unsigned index) {
  const StoredEntry& gone = slots_[index];
  std::uint16_t* link = &heads_[bucket_of(gone.tag, gone.size_class())];
  while (*link != index) {
    CHECK(*link != StoredEntry::kNone);
    link = &slots_[*link].next;
  }
  *link = gone.next;
}

void VirtualTlb::forget(StoredEntry& slot) {
  const unsigned size_class = slot.size_class();
  if (--live_of_size_[size_class] == 0) sizes_in_use_ &= ~(1u << size_class);
  slot = StoredEntry{};
}

void VirtualTlb::kill(unsigned index) {
  if (slots_[index].live == 0) return;
  unlink(index);
  forget(slots_[index]);
}

void VirtualTlb::kill_in(unsigned bucket, const GuestEntry& entry, Overlapped& killed) {
  std::uint16_t* link = &heads_[bucket];
  while (*link != StoredEntry::kNone) {
    StoredEntry& slot = slots_[*link];
    if (!overlaps(slot.guest(), entry)) {
      link = &slot.next;
      continue;
    }
    *link = slot.next;
    killed.add(slot.page_mask);
    forget(slot);
  }
}

Overlapped VirtualTlb::kill_overlapping(const GuestEntry& entry) {
  Overlapped killed;
  const unsigned own = entry.size_class();
  // With one page size in use, an entry that is not global can only meet the one that probe finds.
  if ((sizes_in_use_ & ~(1u << own)) == 0 && !entry.is_global()) {
    const StoredEntry* e = find_in(entry.hi, entry.hi & entry_hi::kAsid, own);
    if (e == nullptr) return killed;
    killed.add(e->page_mask);
    kill(index_of_entry(e));
    return killed;
  }
  // Else those of each size have chains of their own, and every chain is looked at once.
  std::uint64_t seen[kBuckets / 64] = {};
  unsigned size_class = 0;
  for (unsigned sizes = sizes_in_use_; sizes != 0; sizes >>= 1, ++size_class) {
    if ((sizes & 1) == 0) continue;
    const unsigned inside = size_class < own ? 1u << 2 * (own - size_class) : 1;
    const unsigned first = bucket_of(entry.vpn2(), size_class);
    if (inside >= kBuckets) {
      for (unsigned bucket = 0; bucket < kBuckets; ++bucket) kill_in(bucket, entry, killed);
      return killed;
    }
    for (unsigned n = 0; n < inside; ++n) {
      const unsigned bucket = (first + n) % kBuckets;
      const std::uint64_t bit = std::uint64_t{1} << bucket % 64;
      if ((seen[bucket / 64] & bit) != 0) continue;
      seen[bucket / 64] |= bit;
      kill_in(bucket, entry, killed);
    }
  }
  return killed;
}

void VirtualTlb::place(unsigned index, const GuestEntry& entry, bool fast) {
  StoredEntry& slot = slots_[index];
  CHECK(slot.live == 0);
  const unsigned size_class = entry.size_class();
  std::uint16_t& head = heads_[bucket_of(entry.hi, size_class)];
  slot = StoredEntry::of(entry, fast);
  slot.next = head;
  head = static_cast<std::uint16_t>(index);
  ++live_of_size_[size_class];
  sizes_in_use_ |= 1u << size_class;
}

}  // namespace disco
