// What an address of a guest means before any TLB is asked: the direct windows that stand for the
// unmapped segments KSEG0 and KSEG1 of a relocated kernel, the segments that its TLB maps, and what
// the virtual CP0's modes forbid. docs/monitor.md draws the map.
#pragma once

#include <cstdint>

#include "common/address.hpp"
#include "common/units.hpp"
#include "hardware/board/direct_windows.hpp"

namespace disco {
using namespace common;
using namespace hardware;

/// RAM of a virtual machine: what its kernel's direct window shows is the most.
inline constexpr std::uint64_t kLeastGuestMemory = 2 * kMiB, kMostGuestMemory = kCssegWindowBytes;

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
  bool sx = false;
  bool ux = false;
  bool erl = false;  // useg is unmapped and uncached (R10000 UM 16.3)
};

GuestAddress classify(VirtAddr va, const GuestSpace& space);

/// Whether the address is an error to the processor that the guest believes to run on, whose kernel
/// mode has all segments (R10000 UM 16.2).
bool is_address_error(VirtAddr va, const GuestSpace& space);

/// Sign extension of a 32-bit address, which is all that KX = 0 allows.
constexpr bool is_compatible(VirtAddr va) { return sign_extended_word(va.bits()) == va.bits(); }

}  // namespace disco
