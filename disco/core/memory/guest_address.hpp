// What an address of a guest means before any TLB is asked: the direct windows that stand for the
// unmapped segments KSEG0 and KSEG1 of a relocated kernel, the segments that its TLB maps, and what
// the virtual CP0's modes forbid. docs/monitor.md draws the map.
#pragma once

#include <cstdint>

#include "common/address.hpp"
#include "common/units.hpp"

namespace disco {
using namespace common;

// Guest-physical memory map: the machine's own, seen from node 0.
inline constexpr std::uint64_t kGuestIoBegin = 0x1c000000;
inline constexpr std::uint64_t kGuestIoEnd = 0x20000000;

/// Where a guest's exception vectors are entered (+ 0, 0x80, 0x180), and its first direct window.
inline constexpr std::uint64_t kCssegWindow = 0xffffffffc0000000;
inline constexpr std::uint64_t kCssegWindowBytes = 0x10000000;
/// RAM of a virtual machine: what its kernel's direct window shows is the most.
inline constexpr std::uint64_t kLeastGuestMemory = 2 * kMiB, kMostGuestMemory = kCssegWindowBytes;
inline constexpr std::uint64_t kCssegDevices = 0xffffffffdc000000;
inline constexpr std::uint64_t kCssegEnd = 0xffffffffe0000000;
inline constexpr std::uint64_t kXssegBase = 0x4000000000000000;

enum class GuestRegion : std::uint8_t {
  kMapped,          // by the guest's TLB
  kDirectCached,    // guest-physical, cached
  kDirectUncached,  // guest-physical, uncached
  kForbidden,       // an address error in the guest's mode
};

struct GuestAddress {
  GuestRegion region = GuestRegion::kForbidden;
  PhysAddr at;  // of direct regions
};

/// The mode of a guest as its virtual Status says.
struct GuestSpace {
  bool kernel = true;
  bool kx = false;
  bool ux = false;
  bool erl = false;  // useg is unmapped and uncached (R10000 UM 16.3)
};

GuestAddress classify(VirtAddr va, const GuestSpace& space);

/// Whether a guest's TLB entry for `va` may ever be in the real TLB.
bool is_guest_mapped(VirtAddr va);

/// Sign extension of a 32-bit address, which is all that KX = 0 allows.
constexpr bool is_compatible(VirtAddr va) {
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(
             static_cast<std::int32_t>(va.bits() & 0xffffffff))) == va.bits();
}

}  // namespace disco
