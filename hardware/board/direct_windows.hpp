// The direct windows of a guest: where a relocated kernel finds what the bare machine's unmapped
// segments show (docs/monitor.md draws the map). The monitor provides them in the supervisor's
// segments, loaders and guests count on them.
#pragma once

#include <cstdint>

#include "hardware/board/address_map.hpp"
#include "hardware/r10000/segments.hpp"

namespace hardware {

/// csseg: the lowest 256 MB of guest-physical memory, cached, with the exception vectors; and at
/// its end the I/O window, uncached.
inline constexpr std::uint64_t kCssegWindow = kCsseg, kCssegWindowBytes = 0x10000000,
                               kCssegEnd = kKseg3;
inline constexpr std::uint64_t kCssegDevices = kCssegEnd - (kIoEnd - kIoBegin);
/// xsseg: all physical addresses, cached, and behind them once more, uncached.
inline constexpr std::uint64_t kXssegWindow = kXsseg,
                               kXssegUncachedWindow = kXsseg + kPhysicalBytes;

/// Whether an address lies in csseg's cached window.
constexpr bool is_in_csseg_window(std::uint64_t va) {
  return va - kCssegWindow < kCssegWindowBytes;
}
/// Whether an address lies in any of the windows.
constexpr bool is_direct(std::uint64_t va) {
  return is_in_csseg_window(va) || va - kCssegDevices < kCssegEnd - kCssegDevices ||
         va - kXssegWindow < 2 * kPhysicalBytes;
}
/// The physical address behind a csseg window's. Requires: is_in_csseg_window().
constexpr std::uint64_t csseg_physical(std::uint64_t va) { return va & (kCssegWindowBytes - 1); }

}  // namespace hardware
