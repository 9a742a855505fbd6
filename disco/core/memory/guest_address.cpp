#include "disco/core/memory/guest_address.hpp"

namespace disco {

namespace {

constexpr std::uint64_t kXphysBytes = std::uint64_t{1} << 40;  // each of xsseg's two direct windows
constexpr std::uint64_t kSegmentBytes = std::uint64_t{1} << 44;
constexpr std::uint64_t kUsegEnd = 0x80000000;

GuestAddress direct(GuestRegion region, std::uint64_t pa) { return {region, PhysAddr{pa}}; }

GuestAddress in_csseg(std::uint64_t va) {
  const std::uint64_t offset = va - kCssegWindow;
  if (offset < kCssegWindowBytes) return direct(GuestRegion::kDirectCached, offset);
  if (va >= kCssegDevices) {
    return direct(GuestRegion::kDirectUncached, va - kCssegDevices + kGuestIoBegin);
  }
  return {GuestRegion::kMapped, {}};
}

GuestAddress in_xsseg(std::uint64_t offset) {
  if (offset < kXphysBytes) return direct(GuestRegion::kDirectCached, offset);
  if (offset < 2 * kXphysBytes) return direct(GuestRegion::kDirectUncached, offset - kXphysBytes);
  if (offset < kSegmentBytes) return {GuestRegion::kMapped, {}};
  return {};
}

}  // namespace

GuestAddress classify(VirtAddr va, const GuestSpace& space) {
  const std::uint64_t bits = va.bits();
  if (!space.kernel) {
    const bool inside = bits < (space.ux ? kSegmentBytes : kUsegEnd);
    return {inside ? GuestRegion::kMapped : GuestRegion::kForbidden, {}};
  }
  if (!space.kx && !is_compatible(va)) return {};
  if (bits >= kCssegWindow && bits < kCssegEnd) return in_csseg(bits);
  if (bits >= kXssegBase && bits >> 62 == 1) return in_xsseg(bits - kXssegBase);
  if (bits >= kSegmentBytes) return {};
  if (space.erl && bits < kUsegEnd) return direct(GuestRegion::kDirectUncached, bits);
  return {GuestRegion::kMapped, {}};
}

bool is_guest_mapped(VirtAddr va) {
  return classify(va, {.kernel = true, .kx = true, .ux = true, .erl = false}).region ==
         GuestRegion::kMapped;
}

}  // namespace disco
