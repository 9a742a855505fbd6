#include "mmu/translate.hpp"

#include "hardware/r10000/segments.hpp"

namespace mmu {

namespace {

using namespace hardware;

/// Where an address lies: what the segment alone decides.
struct Segment {
  enum class Kind : std::uint8_t { kError, kMapped, kUnmapped } kind = Kind::kError;
  bool extended = false;             // mapped: its refills go to the XTLB vector
  std::uint64_t va = 0;              // mapped: what the TLB compares
  std::uint64_t physical = 0;        // unmapped
  std::uint64_t size = 0;            // unmapped
  std::uint8_t cache_attribute = 0;  // unmapped
};

constexpr Segment mapped(std::uint64_t va, bool extended) {
  return {.kind = Segment::Kind::kMapped, .extended = extended, .va = va};
}

constexpr Segment unmapped(std::uint64_t physical, std::uint64_t size, std::uint8_t attribute) {
  return {.kind = Segment::Kind::kUnmapped,
          .physical = physical,
          .size = size,
          .cache_attribute = attribute};
}

constexpr bool lies_in(std::uint64_t va, std::uint64_t base, std::uint64_t size) {
  return va - base < size;
}

Segment user_segment(const AddressSpace& space, std::uint64_t va, Access access) {
  if (space.ux) return va < kRegionBytes ? mapped(va, true) : Segment{};
  const std::uint64_t seen = compared_address(space, VirtAddr{va}, access).bits();
  return seen < kUsegBytes ? mapped(seen, false) : Segment{};
}

Segment supervisor_segment(const AddressSpace& space, std::uint64_t va) {
  if (va < (space.sx && space.ux ? kRegionBytes : kUsegBytes)) return mapped(va, space.ux);
  if (lies_in(va, kCsseg, kSegmentBytes))
    return mapped(va, space.kx);  // KX, not SX: R10000 UM 17.3
  if (space.sx && lies_in(va, kXsseg, kRegionBytes)) return mapped(va, true);
  return {};
}

Segment xkphys_segment(std::uint64_t va) {
  const auto attribute = static_cast<std::uint8_t>(va >> kXkphysAlgorithmShift & 7);
  // Bits 58:57 of uncached addresses are the uncached attribute and not checked (R10000 UM 16.2).
  const bool has_attribute =
      attribute == cache_algorithm::kUncached || attribute == cache_algorithm::kUncachedAccelerated;
  const std::uint64_t checked =
      (std::uint64_t{1} << (has_attribute ? 57 : kXkphysAlgorithmShift)) - kPhysicalBytes;
  if ((va & checked) != 0) return {};
  return unmapped(va & kPhysicalMask, kPhysicalBytes, attribute);
}

Segment kernel_segment(const AddressSpace& space, std::uint64_t va) {
  if (va < kUsegBytes && space.erl) return unmapped(va, kUsegBytes, cache_algorithm::kUncached);
  if (va < (space.kx && space.ux && !space.erl ? kRegionBytes : kUsegBytes))
    return mapped(va, space.ux);
  if (va >= kCsseg) return mapped(va, space.kx);  // ksseg and kseg3
  if (va >= kKseg1) return unmapped(va - kKseg1, kSegmentBytes, cache_algorithm::kUncached);
  if (va >= kKseg0) return unmapped(va - kKseg0, kSegmentBytes, space.kseg0_attribute);
  if (!space.kx) return {};
  if (va >= kXkseg) return lies_in(va, kXkseg, kRegionBytes) ? mapped(va, true) : Segment{};
  if (va >= kXkphys) return xkphys_segment(va);
  return space.sx && lies_in(va, kXsseg, kRegionBytes) ? mapped(va, true) : Segment{};
}

Segment segment_of(const AddressSpace& space, std::uint64_t va, Access access) {
  switch (space.mode) {
    case Mode::kUser: return user_segment(space, va, access);
    case Mode::kSupervisor: return supervisor_segment(space, va);
    default: return kernel_segment(space, va);
  }
}

}  // namespace

Result<Mapped, Fault> translate(const Tlb& tlb, const AddressSpace& space, VirtAddr va,
                                Access access) {
  const Segment segment = segment_of(space, va.bits(), access);
  if (segment.kind == Segment::Kind::kError) return Failure{Fault{FaultKind::kAddressError}};
  if (segment.kind == Segment::Kind::kUnmapped) {
    return Mapped{.at = PhysAddr{segment.physical},
                  .page_size = segment.size,
                  .cache_attribute = segment.cache_attribute,
                  .writable = true};
  }
  const auto page = tlb.lookup(VirtAddr{segment.va}, space.asid);
  if (!page) return Failure{Fault{FaultKind::kRefill, segment.extended}};
  if (!page->valid) return Failure{Fault{FaultKind::kInvalid}};
  if (access == Access::kStore && !page->dirty) return Failure{Fault{FaultKind::kModified}};
  return Mapped{.at = page->frame + va.offset_in(page->size),
                .page_size = page->size,
                .cache_attribute = page->cache_attribute,
                .writable = page->dirty,
                .mapped = true,
                .index = page->index};
}

}  // namespace mmu
