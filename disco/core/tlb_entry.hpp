// One dual TLB entry, twice: as a guest means it (frames are guest-physical) and as the machine
// gets it (frames are machine pages). Two types, so that neither is taken for the other.
#pragma once

#include <cstdint>

#include "common/address.hpp"
#include "common/units.hpp"
#include "hardware/r10000/cp0.hpp"
#include "hardware/r10000/tlb.hpp"

namespace disco {
using namespace common;
using namespace hardware;

constexpr std::uint64_t page_bytes_of(unsigned size_class) { return kPageSize << (2 * size_class); }

/// The bits of a virtual address that the TLB compares, and that EntryHi holds.
constexpr std::uint64_t vpn2_bits(VirtAddr va) { return va.bits() & entry_hi::kVpn2; }

/// The four registers that tlbwi and tlbwr take.
struct GuestEntry {
  std::uint64_t hi = 0;
  std::uint64_t lo0 = 0;
  std::uint64_t lo1 = 0;
  std::uint64_t page_mask = 0;

  bool operator==(const GuestEntry&) const = default;

  unsigned size_class() const { return size_class_of(page_mask); }
  /// Both pages together, in bytes.
  std::uint64_t pair_bytes() const { return page_mask + 2 * kPageSize; }
  bool is_global() const { return (lo0 & lo1 & entry_lo::kGlobal) != 0; }
  bool has_valid_page() const { return ((lo0 | lo1) & entry_lo::kValid) != 0; }
  Asid asid() const { return Asid{static_cast<std::uint8_t>(hi & entry_hi::kAsid)}; }
  std::uint64_t vpn2() const { return hi & entry_hi::kVpn2 & ~page_mask; }

  /// Whether it translates `va` in address space `asid`.
  bool matches(VirtAddr va, Asid in) const {
    return (vpn2_bits(va) & ~page_mask) == vpn2() && (is_global() || asid() == in);
  }
  /// EntryLo of the half that holds `va`. Requires: matches(va, ...).
  std::uint64_t lo_for(VirtAddr va) const {
    return (va.bits() & (pair_bytes() / 2)) != 0 ? lo1 : lo0;
  }
};

/// The entry as the TLB stores it: unimplemented bits cleared, PageMask legal, the VPN2 and PFN
/// bits under the mask cleared, G of both halves the AND of both (R10000 UM 16.2, 14.36).
constexpr GuestEntry normalised(const GuestEntry& e) {
  const std::uint64_t mask = page_mask_of(size_class_of(e.page_mask));
  const std::uint64_t global = e.lo0 & e.lo1 & entry_lo::kGlobal;
  const std::uint64_t kept = entry_lo::kWritable & ~entry_lo::kGlobal &
                             ~(mask >> (entry_hi::kVpn2Shift - entry_lo::kFrameShift));
  return {.hi = e.hi & entry_hi::kWritable & ~mask,
          .lo0 = (e.lo0 & kept) | global,
          .lo1 = (e.lo1 & kept) | global,
          .page_mask = mask};
}

/// Whether some (virtual address, ASID) matches both. Requires: both normalised.
constexpr bool overlaps(const GuestEntry& a, const GuestEntry& b) {
  const std::uint64_t ignored = a.page_mask | b.page_mask;
  const bool same_pages = ((a.hi ^ b.hi) & entry_hi::kVpn2 & ~ignored) == 0;
  return same_pages && (a.is_global() || b.is_global() || a.asid() == b.asid());
}

/// What a write took from a TLB: entries that overlap the written one, of any page size.
struct Overlapped {
  unsigned count = 0;
  std::uint64_t page_mask = 0;  // of the largest of them
  bool everything = false;      // finding them would have taken long: the TLB is empty

  void add(std::uint64_t mask) {
    ++count;
    if (mask > page_mask) page_mask = mask;
  }
  void add(const Overlapped& more) {
    count += more.count;
    if (more.page_mask > page_mask) page_mask = more.page_mask;
    everything |= more.everything;
  }
};

/// A guest's entry as the virtual TLB and the L2TLB keep it. The assembly miss path reads it too
/// (disco/mips/layout.h). `tag` is EntryHi for an entry that this path may use as it stands (pages
/// of 4 or 16 KB, not global, frames in ordinary memory), with kLarge if they have 16 KB; otherwise
/// kSlow is set in it. No EntryHi has either. The bits that EntryHi lacks are the L2TLB's
/// (L2Tlb::salt()), and zero in the virtual TLB.
struct StoredEntry {
  static constexpr std::uint64_t kSlow = 1u << 12, kLarge = 1u << 11, kSalt = entry_hi::kMissing;
  static constexpr std::uint16_t kNone = 0xffff;

  std::uint64_t tag = kSlow;
  std::uint64_t lo0 = 0;
  std::uint64_t lo1 = 0;
  std::uint32_t page_mask = 0;
  std::uint16_t next = kNone;  // in the virtual TLB's chains
  std::uint16_t live = 0;      // 0: matches nothing

  static StoredEntry of(const GuestEntry& e, bool fast) {
    return {.tag = e.hi | (!fast              ? kSlow
                           : e.page_mask != 0 ? kLarge
                                              : 0),
            .lo0 = e.lo0,
            .lo1 = e.lo1,
            .page_mask = static_cast<std::uint32_t>(e.page_mask),
            .next = kNone,
            .live = 1};
  }
  GuestEntry guest() const {
    return {.hi = tag & entry_hi::kWritable, .lo0 = lo0, .lo1 = lo1, .page_mask = page_mask};
  }
  bool is_global() const { return (lo0 & entry_lo::kGlobal) != 0; }  // both halves have it, or none
  /// Whether it has these VPN2 bits (those of its mask ignored).
  bool has_pages(std::uint64_t va_bits) const {
    return ((tag ^ va_bits) & entry_hi::kVpn2 & ~std::uint64_t{page_mask}) == 0;
  }
  std::uint64_t asid() const { return tag & entry_hi::kAsid; }
  unsigned size_class() const { return size_class_of(page_mask); }
  /// EntryLo of the half that holds `va`.
  std::uint64_t lo_for(VirtAddr va) const {
    return (va.bits() & (std::uint64_t{page_mask} + 2 * kPageSize) / 2) != 0 ? lo1 : lo0;
  }
};

/// What is written into the machine's TLB. Only Pmap makes the frames in it.
struct RealEntry {
  std::uint64_t hi = 0;
  std::uint64_t lo0 = 0;
  std::uint64_t lo1 = 0;
  std::uint64_t page_mask = 0;

  bool operator==(const RealEntry&) const = default;
};

/// Start of guest page that an EntryLo names, for a page size.
constexpr PhysAddr frame_of(std::uint64_t lo, unsigned size_class) {
  const std::uint64_t at = (lo & entry_lo::kFrame) >> entry_lo::kFrameShift << kPageShift;
  return PhysAddr{at & ~(page_bytes_of(size_class) - 1)};
}

}  // namespace disco
