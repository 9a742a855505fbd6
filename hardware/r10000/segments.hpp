// The R10000's virtual and physical address spaces (R10000 UM 16.2). Which of the segments a mode
// may use is mmu/'s business.
#pragma once

#include <cstdint>

#include "hardware/r10000/assembly.h"

namespace hardware {

/// Regions of 64-bit addresses, by bits 63:62, each with 44 bits of addresses.
inline constexpr unsigned kRegionShift = R10000_REGION_SHIFT;
inline constexpr std::uint64_t kXssegRegion = 1, kXkphysRegion = R10000_XKPHYS_REGION,
                               kXksegRegion = 3;
inline constexpr std::uint64_t kXsseg = kXssegRegion << kRegionShift,
                               kXkphys = kXkphysRegion << kRegionShift,
                               kXkseg = kXksegRegion << kRegionShift;
inline constexpr std::uint64_t kRegionBytes = std::uint64_t{1} << 44;

/// A 32-bit address, and what mfc0 and the like give, as the 64-bit registers hold it.
constexpr std::uint64_t sign_extended_word(std::uint64_t value) {
  return static_cast<std::uint64_t>(
      static_cast<std::int64_t>(static_cast<std::int32_t>(static_cast<std::uint32_t>(value))));
}

/// The 32-bit address space, sign-extended: useg, and four segments of 512 MB.
inline constexpr std::uint64_t kUsegBytes = std::uint64_t{1} << 31;
inline constexpr std::uint64_t kSegmentBytes = std::uint64_t{1} << 29;
inline constexpr std::uint64_t kKseg0 = 0xffffffff80000000, kKseg1 = kKseg0 + kSegmentBytes,
                               kCsseg = R10000_CSSEG,  // sseg of supervisors, ksseg of kernels
    kKseg3 = kCsseg + kSegmentBytes;
/// KSEG0's and KSEG1's physical addresses.
inline constexpr std::uint64_t kKsegPhysical = kSegmentBytes - 1;
constexpr bool is_kseg0_or_1(std::uint64_t va) { return va >= kKseg0 && va < kCsseg; }

/// Physical addresses have 40 bits.
inline constexpr std::uint64_t kPhysicalBytes = std::uint64_t{1} << 40,
                               kPhysicalMask = kPhysicalBytes - 1;
/// XKPHYS: all of the physical addresses, once for each cache algorithm.
inline constexpr unsigned kXkphysAlgorithmShift = R10000_XKPHYS_ALGORITHM_SHIFT;
constexpr std::uint64_t xkphys(std::uint64_t algorithm) {
  return kXkphys | algorithm << kXkphysAlgorithmShift;
}

}  // namespace hardware
