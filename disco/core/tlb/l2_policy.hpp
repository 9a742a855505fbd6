// What comes into the L2TLB and what leaves it, by what a kernel does to its TLB. The monitor asks
// it for the TLB that its guest sees, trace replay for a TLB of its own: the two have one policy
// because they have one class.
//
// An entry that is written at or above Wired and has a valid page comes in: wired entries stay in
// the TLB, and what translates nothing need not be found again. What a written entry overlaps
// leaves, and so does the one that tlbwi overwrites; the one that tlbwr overwrites stays, for that
// is what the L2TLB is for. A kernel that has written by tlbwi or read every entry from Wired up
// knows that nothing else is left: then everything leaves.
#pragma once

#include <optional>
#include <span>

#include "disco/core/tlb/index_set.hpp"
#include "disco/core/tlb/l2_tlb.hpp"

namespace disco {

/// How a TLB's entry is written: tlbwi, tlbwr.
enum class Replacement : std::uint8_t { kIndexed, kRandom };

class L2Policy {
 public:
  /// The policy behind a TLB of `tlb_entries`. `storage` is what L2Tlb requires.
  L2Policy(std::span<L2Tlb::Entry> storage, unsigned tlb_entries)
      : l2_{storage}, tlb_entries_{tlb_entries} {}

  const L2Tlb& tlb() const { return l2_; }

  /// The TLB's entry `index`, which was `old` (nullptr: dead), becomes `entry`. Returns what
  /// overlapped it. `is_fast(entry)` says how StoredEntry keeps it; `came_in(displaced)` is
  /// called if it came in, with what it displaced if that is anything. (`wired` is a reference,
  /// here and below, so that the monitor loads it no earlier than it is needed.)
  template <class IsFast, class CameIn>
  Overlapped write(unsigned index, const unsigned& wired, const GuestEntry& entry,
                   const GuestEntry* old, Replacement how, const IsFast& is_fast,
                   const CameIn& came_in) {
    const Overlapped dropped = l2_.drop_overlapping(entry);
    if (old != nullptr && how == Replacement::kIndexed) l2_.drop(*old);
    if (index < wired || !entry.has_valid_page()) return dropped;
    came_in(l2_.insert(entry, is_fast(entry)));
    return dropped;
  }

  /// The kernel has written `index` by tlbwi or has read it. Whether it now knows all that is not
  /// wired, so that the L2TLB is empty. Requires: index < tlb_entries.
  bool cover(unsigned index, const unsigned& wired) {
    if (l2_.size() == 0) return false;
    covered_.insert(index);
    if (!covered_.covers(wired, tlb_entries_)) return false;
    covered_.clear();
    l2_.flush();
    return true;
  }

  /// tlbp found an entry here that had no place in the TLB: it leaves.
  void drop(const GuestEntry& entry) { l2_.drop(entry); }

 private:
  L2Tlb l2_;
  unsigned tlb_entries_;
  IndexSet covered_;  // since everything left
};

}  // namespace disco
