#include "disco/core/memory/guest_address.hpp"

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

GuestAddress in_xsseg(std::uint64_t offset) {
  if (offset < kPhysicalBytes) return direct(GuestRegion::kDirectCached, offset);
  if (offset < 2 * kPhysicalBytes)
    return direct(GuestRegion::kDirectUncached, offset - kPhysicalBytes);
  if (offset < kRegionBytes) return {GuestRegion::kMapped, {}};
  return {};
}

}  // namespace

GuestAddress classify(VirtAddr va, const GuestSpace& space) {
  const std::uint64_t bits = va.bits();
  if (!space.kernel) {
    const bool inside = bits < (space.ux ? kRegionBytes : kUsegBytes);
    return {inside ? GuestRegion::kMapped : GuestRegion::kForbidden, {}};
  }
  if (!space.kx && !is_compatible(va)) return {};
  if (bits >= kCssegWindow && bits < kCssegEnd) return in_csseg(bits);
  if (bits >= kXssegWindow && bits >> kRegionShift == kXssegRegion)
    return in_xsseg(bits - kXssegWindow);
  if (bits >= kRegionBytes) return {};
  if (space.erl && bits < kUsegBytes) return direct(GuestRegion::kDirectUncached, bits);
  return {GuestRegion::kMapped, {}};
}

bool is_guest_mapped(VirtAddr va) {
  return classify(va, {.kernel = true, .kx = true, .ux = true, .erl = false}).region ==
         GuestRegion::kMapped;
}

}  // namespace disco
