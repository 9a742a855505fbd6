// What an address is to a guest against what it is to the processor: at every boundary of a segment
// and one bit away from it, under all KX, SX, UX and ERL. Natively the kernel is in kernel mode, as
// the guest's believes to be.
#include <set>

#include "disco/core/memory/guest_address.hpp"
#include "mmu/tlb.hpp"
#include "mmu/translate.hpp"
#include "tests/support/catch.hpp"

namespace disco::test {

namespace {

std::set<std::uint64_t> boundaries() {
  std::set<std::uint64_t> all;
  for (const std::uint64_t at :
       {std::uint64_t{0}, kUsegBytes, kRegionBytes, kXsseg, kXssegUncachedWindow,
        kXsseg + 2 * kPhysicalBytes, kXsseg + kRegionBytes, kXkphys, kXkseg, kXkseg + kRegionBytes,
        kKseg0, kKseg1, kCssegWindow, kCssegWindow + kCssegWindowBytes, kCssegDevices, kKseg3}) {
    for (const std::uint64_t near : {at - 4, at, at + 4}) {
      all.insert(near & ~std::uint64_t{3});
      for (unsigned bit = 2; bit < 64; ++bit) all.insert((near ^ std::uint64_t{1} << bit) & ~3ull);
    }
  }
  return all;
}

/// Segments of the processor that a guest's kernel, in supervisor mode, does not have.
bool is_out_of_reach(std::uint64_t va) {
  return va >> kRegionShift >= kXkphysRegion && !(va >= kCsseg && va < kKseg3);
}

}  // namespace

TEST_CASE("Guest addresses: mapped, direct or an error where the processor's are", "[disco]") {
  const mmu::Tlb empty{{.entries = 64, .random = mmu::RandomKind::kLfsr, .seed = 1}};
  for (unsigned bits = 0; bits < 32; ++bits) {
    const GuestSpace guest{.kernel = (bits & 16) == 0,
                           .kx = (bits & 1) != 0,
                           .sx = (bits & 2) != 0,
                           .ux = (bits & 4) != 0,
                           .erl = (bits & 8) != 0};
    if (!guest.kernel && guest.erl) continue;  // ERL is kernel mode
    const mmu::AddressSpace native{.mode = guest.kernel ? Mode::kKernel : Mode::kUser,
                                   .kx = guest.kx,
                                   .sx = guest.sx,
                                   .ux = guest.ux,
                                   .erl = guest.erl};
    for (const std::uint64_t va : boundaries()) {
      const auto there = mmu::translate(empty, native, VirtAddr{va}, mmu::Access::kFetch);
      const bool error = !there && there.error().kind == mmu::FaultKind::kAddressError;
      INFO("kernel " << guest.kernel << " KX " << guest.kx << " SX " << guest.sx << " UX "
                     << guest.ux << " ERL " << guest.erl << std::hex << " va " << va);
      // What it names natively, for instructions that name no guest memory.
      REQUIRE(is_address_error(VirtAddr{va}, guest) == error);
      const GuestAddress here = classify(VirtAddr{va}, guest);
      const bool window = guest.kernel && is_direct(va);
      if (window) {
        // They stand for KSEG0, KSEG1 and xkphys, and ask what those ask for.
        const bool is_wide = va >> kRegionShift == kXssegRegion;
        REQUIRE((here.region == GuestRegion::kForbidden) == (is_wide && !guest.kx));
        REQUIRE(here.region != GuestRegion::kMapped);
      } else if (is_out_of_reach(va)) {
        REQUIRE(here.region == GuestRegion::kForbidden);
      } else if (there) {
        REQUIRE(here.region == GuestRegion::kDirectUncached);
        REQUIRE(here.at == there->at);
      } else {
        REQUIRE(here.region == (error ? GuestRegion::kForbidden : GuestRegion::kMapped));
      }
    }
  }
}

}  // namespace disco::test
