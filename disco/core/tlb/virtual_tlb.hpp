// The TLB that a VCPU's kernel believes it has: as many entries as the guest's device tree says,
// with the semantics of the machine's (overlaps, G, page sizes, tlbr reading back what is stored).
// Found by hash, because it is asked at every miss. It knows nothing of machine addresses, of the
// L2TLB or of the real TLB: GuestTlb keeps the three together.
//
// Invariants
//   1. At most one entry matches any (virtual address, ASID).
//   2. Every live entry is in exactly one chain: the one of its VPN2 and size class. Chains end.
//   3. The chains are read by the assembly miss path (disco/mips/fast_miss.S).
#pragma once

#include <cstdint>
#include <optional>

#include "disco/core/tlb_entry.hpp"

namespace disco {

class VirtualTlb {
 public:
  static constexpr unsigned kMinEntries = 8, kMaxEntries = 512;
  static constexpr unsigned kBuckets = 128;

  /// Requires: kMinEntries <= entries <= kMaxEntries. All entries start dead: they match nothing.
  explicit VirtualTlb(unsigned entries);

  unsigned entries() const { return entries_; }

  /// The entry that translates `va`; nullptr if there is none. Good until the next change.
  const StoredEntry* find(VirtAddr va, Asid asid) const;
  /// Index of the entry that tlbp finds for EntryHi.
  std::optional<unsigned> probe(std::uint64_t hi) const;

  /// Requires, here and below: index < entries().
  const StoredEntry& at(unsigned index) const { return slots_[index]; }
  /// What tlbr reads: zeros of a dead entry.
  GuestEntry read(unsigned index) const { return at(index).guest(); }

  /// Makes `index` match nothing.
  void kill(unsigned index);
  /// Kills the entries that overlap `entry`.
  Overlapped kill_overlapping(const GuestEntry& entry);
  /// Puts a normalised entry into a dead slot. Requires: nothing live overlaps it.
  void place(unsigned index, const GuestEntry& entry, bool fast);

  /// A bit per size class of which there are entries.
  unsigned sizes_in_use() const { return sizes_in_use_; }
  const StoredEntry* slots() const { return slots_; }
  const std::uint16_t* heads() const { return heads_; }

 private:
  static unsigned bucket_of(std::uint64_t vpn2, unsigned size_class) {
    return static_cast<unsigned>(vpn2 >> (entry_hi::kVpn2Shift + 2 * size_class)) & (kBuckets - 1);
  }
  const StoredEntry* find_in(std::uint64_t va_bits, std::uint64_t asid, unsigned size_class) const;
  unsigned index_of_entry(const StoredEntry* e) const { return static_cast<unsigned>(e - slots_); }
  void unlink(unsigned index);
  void forget(StoredEntry& slot);
  /// Kills what overlaps `entry` in one chain.
  void kill_in(unsigned bucket, const GuestEntry& entry, Overlapped& killed);

  unsigned entries_;
  unsigned sizes_in_use_ = 0;  // bit per size class with live entries
  std::uint16_t live_of_size_[kPageSizes] = {};
  std::uint16_t heads_[kBuckets];
  StoredEntry slots_[kMaxEntries];
};

}  // namespace disco
