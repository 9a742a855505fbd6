// The TLB as a guest sees it, and what stands behind it: the virtual TLB (what the guest wrote),
// the L2TLB (what tlbwr pushed out of it) and the real TLB (what is in use). One class, because
// only together can they be kept coherent.
//
// Invariants
//   1. A guest entry in the real TLB is also in the virtual TLB or in the L2TLB, or belongs to a
//   direct
//      window. So whatever the guest has invalidated is in none of the three.
//   2. No two of the entries in virtual TLB and L2TLB translate the same (address, ASID)
//   differently.
//   3. The monitor's guest sees one TLB of 64 entries whose tlbwr may spare its victim. What a
//   kernel
//      can know to be gone, is gone: an entry that overlaps a new one, the one that tlbwi
//      overwrites, and everything once tlbwi or tlbr has covered all indices >= Wired.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>

#include "disco/core/counters.hpp"
#include "disco/core/hardware.hpp"
#include "disco/core/memory/pmap.hpp"
#include "disco/core/tlb/index_set.hpp"
#include "disco/core/tlb/l2_policy.hpp"
#include "disco/core/tlb/virtual_tlb.hpp"

namespace disco {

enum class TlbLevel : std::uint8_t { kVirtual, kL2 };

/// A translation where it is kept; good until the next change of either TLB.
struct TlbFound {
  const StoredEntry* entry = nullptr;  // nullptr: the guest has no translation
  TlbLevel level = TlbLevel::kVirtual;
};

enum class LargePages : std::uint8_t { kOff, kOn };

class GuestTlb {
 public:
  struct Setup {
    unsigned entries = 64;
    std::span<L2Tlb::Entry> l2_storage;
    LargePages large_pages = LargePages::kOff;
    std::uint64_t seed = 1;  // of Random
    unsigned vcpu = 0;       // number in its VM
  };
  /// All references outlive this.
  GuestTlb(const Setup& setup, Pmap& pmap, Hardware& hardware, Counters& counters);

  unsigned entries() const { return virtual_.entries(); }
  LargePages large_pages() const { return large_pages_; }
  unsigned wired() const { return wired_; }
  /// A write to Wired; bits that no index needs are not kept.
  void set_wired(std::uint32_t wired) { wired_ = wired & (std::bit_ceil(virtual_.entries()) - 1); }
  /// The index that the next tlbwr writes.
  unsigned random() const;

  /// The guest's translation of `va`, wherever it is.
  TlbFound find(VirtAddr va, Asid asid) const;

  // ---- the guest's instructions. An index beyond the TLB is ignored, and reads as zero.

  /// Returns how many other entries it invalidated (Status.TS). `hint` is an address of interest:
  /// where a large page is entered.
  unsigned write_indexed(unsigned index, const GuestEntry& entry, VirtAddr hint);
  unsigned write_random(const GuestEntry& entry, VirtAddr hint);
  GuestEntry read(unsigned index);
  std::optional<unsigned> probe(std::uint64_t hi);

  // ---- the real TLB

  /// Enters the page pair of `entry` around `va`. Requires: entry matches va.
  void enter(const StoredEntry& entry, VirtAddr va);
  /// Enters the pair of a direct window around `va`, which stands for `pa`; `cache` is C in
  /// EntryLo's place.
  void enter_direct(VirtAddr va, PhysAddr pa, std::uint64_t cache);
  /// Drops every real entry of this guest: another VCPU was here, or addresses changed their
  /// meaning.
  void flush_real();
  /// The virtual KX, SX or ERL has changed: what may be in the real TLB, from now on.
  void set_space(const GuestSpace& space);

  const VirtualTlb& virtual_tlb() const { return virtual_; }
  const L2Tlb& l2tlb() const { return l2_.tlb(); }
  /// Whether an entry of xsseg was ever written.
  bool has_xsseg_entries() const { return has_xsseg_entries_; }
  /// Whether an entry of 16 KB pages was ever written that the assembly path could serve.
  bool has_fast_large_entries() const { return has_fast_large_entries_; }

 private:
  unsigned write(unsigned index, const GuestEntry& raw, Replacement how, VirtAddr hint);
  /// Brings the L2TLB up to date with a write; returns what of it overlapped the new entry.
  Overlapped update_l2(unsigned index, const GuestEntry& entry, const GuestEntry* old,
                       Replacement how);
  void step_random();
  /// Whether a guest's entry for `va` may be in the real TLB: none that the machine would use
  /// though the guest's processor would not. For xuseg the machine's UX answers (Vcpu::refresh).
  bool is_enterable(VirtAddr va) const {
    return classify(va, space_).region == GuestRegion::kMapped;
  }
  bool is_fast(const GuestEntry& entry) const;
  /// What backmaps are told: the names of a written entry, and the part of one with large pages
  /// that becomes real.
  void note_mappings(const GuestEntry& entry);
  [[gnu::cold, gnu::noinline]] void note_part(const GuestEntry& entry, VirtAddr va);
  void note_mapping(PhysAddr page, Backmap name);
  /// Whether a name in a backmap names nothing any more, as far as this VCPU can know.
  bool is_dead(Backmap name) const;

  void note_covered(unsigned index);
  void follow_l2_flush();
  [[gnu::cold, gnu::noinline]] std::optional<unsigned> pull(const GuestEntry& entry);
  std::optional<unsigned> unnamed_index();

  void drop_real(const GuestEntry& entry) { drop_pairs(entry, entry.page_mask); }
  void drop_pairs(const GuestEntry& entry, std::uint64_t page_mask);
  void drop_overlapped(const GuestEntry& entry, std::uint64_t largest_mask);
  /// Enters what was just written, in place of the real entry of `gone` if the guest lost one by
  /// it.
  void enter_written(const GuestEntry& entry, VirtAddr hint, const GuestEntry* gone);
  RealEntry best_real_entry(const GuestEntry& entry, VirtAddr va) const;
  RealEntry real_pair(const GuestEntry& entry) const;
  RealEntry real_part(const GuestEntry& entry, VirtAddr va) const;
  [[gnu::cold, gnu::noinline]] std::optional<RealEntry> large_real_entry(const GuestEntry& entry,
                                                                         VirtAddr va) const;
  void insert_real(const RealEntry& entry, std::uint64_t in_place_of);

  VirtualTlb virtual_;
  L2Policy l2_;
  Pmap& pmap_;
  Hardware& hardware_;
  Counters& counters_;
  LargePages large_pages_;
  unsigned vcpu_;
  unsigned wired_ = 0;
  std::uint64_t random_state_;
  bool has_xsseg_entries_ = false;
  bool has_fast_large_entries_ = false;
  GuestSpace space_{.kernel = true, .kx = true, .sx = false, .ux = true, .erl = false};
  IndexSet named_;  // written, read or found by index since the last tlbwr
};

}  // namespace disco
