#include "mmu/translate.hpp"

namespace mmu {

namespace {

constexpr std::uint64_t kGiB2 = std::uint64_t{1} << 31;      // useg of a 32-bit address space
constexpr std::uint64_t kTiB16 = std::uint64_t{1} << 44;     // a region of a 64-bit address space
constexpr std::uint64_t kSegment = std::uint64_t{1} << 29;   // kseg0 .. kseg3
constexpr std::uint64_t kPhysical = std::uint64_t{1} << 40;  // what a physical address can name

constexpr std::uint64_t kXsseg = std::uint64_t{1} << 62;
constexpr std::uint64_t kXkphys = std::uint64_t{2} << 62;
constexpr std::uint64_t kXkseg = std::uint64_t{3} << 62;
constexpr std::uint64_t kKseg0 = 0xffffffff80000000;
constexpr std::uint64_t kKseg1 = kKseg0 + kSegment;
constexpr std::uint64_t kSseg = kKseg1 + kSegment;

constexpr std::uint8_t kUncached = 2, kUncachedAccelerated = 7;

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
  if (space.ux) return va < kTiB16 ? mapped(va, true) : Segment{};
  const std::uint64_t seen = compared_address(space, VirtAddr{va}, access).bits();
  return seen < kGiB2 ? mapped(seen, false) : Segment{};
}

Segment supervisor_segment(const AddressSpace& space, std::uint64_t va) {
  if (va < (space.sx && space.ux ? kTiB16 : kGiB2)) return mapped(va, space.ux);
  if (lies_in(va, kSseg, kSegment)) return mapped(va, space.kx);  // KX, not SX: R10000 UM 17.3
  if (space.sx && lies_in(va, kXsseg, kTiB16)) return mapped(va, true);
  return {};
}

Segment xkphys_segment(std::uint64_t va) {
  const auto attribute = static_cast<std::uint8_t>(va >> 59 & 7);
  // Bits 58:57 of uncached addresses are the uncached attribute and not checked (R10000 UM 16.2).
  const bool has_attribute = attribute == kUncached || attribute == kUncachedAccelerated;
  const std::uint64_t checked = (std::uint64_t{1} << (has_attribute ? 57 : 59)) - kPhysical;
  if ((va & checked) != 0) return {};
  return unmapped(va & (kPhysical - 1), kPhysical, attribute);
}

Segment kernel_segment(const AddressSpace& space, std::uint64_t va) {
  if (va < kGiB2 && space.erl) return unmapped(va, kGiB2, kUncached);
  if (va < (space.kx && space.ux && !space.erl ? kTiB16 : kGiB2)) return mapped(va, space.ux);
  if (va >= kSseg) return mapped(va, space.kx);  // ksseg and kseg3
  if (va >= kKseg1) return unmapped(va - kKseg1, kSegment, kUncached);
  if (va >= kKseg0) return unmapped(va - kKseg0, kSegment, space.kseg0_attribute);
  if (!space.kx) return {};
  if (va >= kXkseg) return lies_in(va, kXkseg, kTiB16) ? mapped(va, true) : Segment{};
  if (va >= kXkphys) return xkphys_segment(va);
  return space.sx && lies_in(va, kXsseg, kTiB16) ? mapped(va, true) : Segment{};
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
