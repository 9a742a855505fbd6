// The second-level TLB: guest translations that fell out of the VCPU's virtual TLB, or never were
// in the real one, found again without asking the guest. Keyed by (ASID or G, VPN2, PageMask), it
// holds the guest's own EntryLo: real entries are made through the pmap, so moving a page needs no
// search here. Two-way set-associative; storage is the owner's, so the host uses the same class to
// replay traces.
//
// Invariants
//   1. At most one entry matches any (virtual address, ASID).
//   2. No operation takes longer the more entries there are: to remove what overlaps an entry
//      takes a bounded number of look-ups, or everything leaves; and everything leaves by a new
//      salt, with which no entry was stored.
//   3. Every live entry lies in the set that its VPN2, ASID (0 if global) and size class choose.
//   4. The choice of the set for 4 KB pages is repeated by the assembly miss path
//      (disco/mips/fast_miss.S).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "disco/core/tlb_entry.hpp"

namespace disco {

class L2Tlb {
 public:
  using Entry = StoredEntry;
  static constexpr unsigned kWays = 2, kMaxEntries = 1u << 20;

  /// Sizes that exist: 0 (off: holds nothing, finds nothing), or a power of two from kWays to
  /// kMaxEntries.
  static constexpr bool is_valid_size(std::uint64_t entries) {
    return entries == 0 ||
           (entries >= kWays && entries <= kMaxEntries && (entries & (entries - 1)) == 0);
  }
  /// Requires: is_valid_size(storage.size()). `storage` outlives this and starts as Entry{}.
  explicit L2Tlb(std::span<Entry> storage);

  std::uint64_t size() const { return storage_.size(); }

  /// The entry that translates `va`; nullptr if there is none. Good until the next change.
  const Entry* find(VirtAddr va, Asid asid) const;
  /// Whether an entry of this key (ASID or G, VPN2, PageMask) is held.
  bool contains(const GuestEntry& entry) const;

  /// Puts a normalised entry in; returns the one it displaced. Requires: nothing here overlaps it
  /// (drop_overlapping).
  std::optional<GuestEntry> insert(const GuestEntry& entry, bool fast);
  /// Removes everything that overlaps `entry` (of any page size and ASID that can), and where that
  /// could be in too many places, everything.
  Overlapped drop_overlapping(const GuestEntry& entry);
  /// Removes the entry of this key, if there is one.
  void drop(const GuestEntry& entry);
  void flush();

  /// A bit per size class of which there are entries.
  unsigned sizes_in_use() const { return sizes_in_use_; }
  /// For the assembly path: the sets, and the mask of set numbers. Requires: size() > 0.
  const Entry* entries() const { return storage_.data(); }
  std::uint64_t set_mask() const { return storage_.size() / kWays - 1; }
  /// What the tag of a live entry has in the bits that EntryHi lacks.
  std::uint64_t salt() const { return salt_; }

 private:
  static constexpr unsigned kRegions = 4;
  static unsigned region_of(std::uint64_t vpn2) { return static_cast<unsigned>(vpn2 >> 62); }

  /// First entry of the set.
  Entry* set_for(std::uint64_t vpn2, std::uint64_t asid, unsigned size_class) const;
  Entry* find_key(std::uint64_t vpn2, std::uint64_t asid, bool global, unsigned size_class) const;
  bool is_live(const Entry& entry) const {
    return entry.live != 0 && (entry.tag & Entry::kSalt) == salt_;
  }
  void remove(Entry& entry);
  /// In how many places entries that overlap this one can be.
  std::uint64_t places(const GuestEntry& entry) const;
  void clear_stale();

  std::span<Entry> storage_;
  unsigned sizes_in_use_ = 0;               // bit per size class with live entries
  std::uint32_t of_size_[kPageSizes] = {};  // live entries by size class
  std::uint32_t globals_[kRegions] = {};    // and by EntryHi.R
  std::uint32_t non_globals_[kRegions] = {};
  std::uint64_t salt_ = 0;
  std::uint64_t stale_from_ = 0;  // the set that is looked at for stale entries next
};

}  // namespace disco
