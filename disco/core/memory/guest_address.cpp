#include "disco/core/memory/guest_address.hpp"

#include "hardware/r10000/tlb.hpp"

namespace disco {

namespace {

GuestAddress direct(GuestRegion region, std::uint64_t pa) { return {region, PhysAddr{pa}}; }

GuestAddress in_csseg(std::uint64_t va) {
  const std::uint64_t offset = va - kCssegWindow;
  if (offset < kCssegWindowBytes) return direct(GuestRegion::kDirectCached, offset);
  if (va >= kCssegDevices) {
    return direct(GuestRegion::kDirectUncached, va - kCssegDevices + kIoBegin);
  }
  return {GuestRegion::kMapped, {}};
}

GuestAddress in_xsseg(std::uint64_t offset, const GuestSpace& space) {
  if (offset < kPhysicalBytes) return direct(GuestRegion::kDirectCached, offset);
  if (offset < 2 * kPhysicalBytes)
    return direct(GuestRegion::kDirectUncached, offset - kPhysicalBytes);
  if (space.sx && offset < kRegionBytes) return {GuestRegion::kMapped, {}};
  return {};
}

/// useg and what 64-bit modes see behind it: all of it by UX, of kernels by KX too, and with ERL
/// only useg is left.
std::uint64_t user_bytes(const GuestSpace& space) {
  const bool is_wide = space.ux && (!space.kernel || (space.kx && !space.erl));
  return is_wide ? kRegionBytes : kUsegBytes;
}

bool is_xkphys_error(std::uint64_t va) {
  // Bits 58:57 of uncached addresses are an attribute.
  const std::uint64_t algorithm = va >> kXkphysAlgorithmShift & 7;
  const bool has_attribute =
      algorithm == cache_algorithm::kUncached || algorithm == cache_algorithm::kUncachedAccelerated;
  const std::uint64_t end = std::uint64_t{1} << (has_attribute ? 57 : kXkphysAlgorithmShift);
  return (va & (end - kPhysicalBytes)) != 0;
}

}  // namespace

GuestAddress classify(VirtAddr va, const GuestSpace& space) {
  const std::uint64_t bits = va.bits();
  if (bits < user_bytes(space)) {
    return space.erl ? direct(GuestRegion::kDirectUncached, bits)
                     : GuestAddress{GuestRegion::kMapped, {}};
  }
  if (!space.kernel) return {};
  if (bits >= kCssegWindow && bits < kCssegEnd) return in_csseg(bits);
  if (space.kx && bits >> kRegionShift == kXssegRegion) return in_xsseg(bits - kXssegWindow, space);
  return {};
}

bool is_address_error(VirtAddr va, const GuestSpace& space) {
  const std::uint64_t bits = va.bits();
  if (bits < user_bytes(space)) return false;
  if (!space.kernel) return true;
  if (bits >= kKseg0) return false;
  if (!space.kx) return true;
  switch (bits >> kRegionShift) {
    case kXssegRegion: return !space.sx || bits - kXsseg >= kRegionBytes;
    case kXkphysRegion: return is_xkphys_error(bits);
    case kXksegRegion: return bits - kXkseg >= kRegionBytes;
    default: return true;
  }
}

}  // namespace disco
