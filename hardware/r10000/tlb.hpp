// The registers that the R10000's TLB is written from and read into, and its page sizes: 4 KB x 4^n
// for n = 0 .. 6, two pages per entry (R10000 UM 14.4, 14.6, 14.9, 16.2).
#pragma once

#include <cstdint>

#include "hardware/r10000/assembly.h"

namespace hardware {

/// Cache algorithms, in EntryLo.C, Config.K0 and bits 61:59 of XKPHYS (R10000 UM table 4-2). Others
/// are reserved.
namespace cache_algorithm {
inline constexpr std::uint64_t kUncached = 2, kNoncoherent = 3, kCoherentExclusive = 4,
                               kCoherentExclusiveOnWrite = R10000_COHERENT_EXCLUSIVE_ON_WRITE,
                               kUncachedAccelerated = 7;
}  // namespace cache_algorithm

/// EntryLo: UC[63:62], the uncached attribute; PFN[33:6] C[5:3] D[2] V[1] G[0].
namespace entry_lo {
inline constexpr std::uint64_t kGlobal = R10000_ENTRYLO_G, kValid = R10000_ENTRYLO_V,
                               kDirty = R10000_ENTRYLO_D, kCache = 7u << R10000_ENTRYLO_C_SHIFT,
                               kAttributes = R10000_ENTRYLO_ATTRIBUTES, kFrame = 0x3ffffffc0,
                               kUncachedAttribute = std::uint64_t{3} << 62,
                               kWritable = kUncachedAttribute | kFrame | kAttributes;
inline constexpr unsigned kFrameShift = R10000_ENTRYLO_PFN_SHIFT,
                          kCacheShift = R10000_ENTRYLO_C_SHIFT;
/// C, in its place.
inline constexpr std::uint64_t kUncached = cache_algorithm::kUncached << kCacheShift,
                               kCoherent = cache_algorithm::kCoherentExclusiveOnWrite
                                           << kCacheShift;
}  // namespace entry_lo

/// EntryHi: R[63:62] VPN2[43:13] ASID[7:0]. The TLB compares an address's bits under kVpn2.
namespace entry_hi {
inline constexpr std::uint64_t kAsid = R10000_ENTRYHI_ASID, kVpn2 = 0xc0000fffffffe000,
                               kWritable = kVpn2 | kAsid;
inline constexpr unsigned kVpn2Shift = R10000_ENTRYHI_VPN2_SHIFT,
                          kRegionShift = R10000_REGION_SHIFT;
/// The bits of an address that EntryHi lacks: ones in the compatibility segments (R = 3).
inline constexpr std::uint64_t kMissing = std::uint64_t{0x3ffff} << 44;
}  // namespace entry_hi

/// A page's address without its offset, of the smallest page.
inline constexpr unsigned kPageShift = 12;
inline constexpr unsigned kPageSizes = 7;
inline constexpr std::uint64_t kPageMaskWritable = 0x01ffe000;

/// PageMask of size class `n` (R10000 UM table 14-6).
constexpr std::uint64_t page_mask_of(unsigned size_class) {
  return ((std::uint64_t{1} << (2 * size_class)) - 1) << entry_hi::kVpn2Shift;
}
/// The reverse. A mask that is not one of the seven counts as the largest of them that is not above
/// it.
constexpr unsigned size_class_of(std::uint64_t page_mask) {
  if ((page_mask & kPageMaskWritable) == 0) return 0;
  unsigned n = kPageSizes - 1;
  while (page_mask_of(n) > (page_mask & kPageMaskWritable)) --n;
  return n;
}

}  // namespace hardware
