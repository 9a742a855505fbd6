// The named facts about segments, one claim each; segments_test.cpp compares all of them with
// tables.
#include "mmu/translate.hpp"
#include "tests/support/catch.hpp"

using namespace common;
using mmu::Access;
using mmu::AddressSpace;
using mmu::FaultKind;

namespace {

constexpr std::uint64_t kV = 2, kD = 4, kCached = 3 << 3;

mmu::Tlb tlb_with(std::uint64_t va, std::uint64_t pa, std::uint64_t bits) {
  mmu::Tlb tlb{{}};
  tlb.write(
      11,
      {.entry_hi = va & 0xc0000fffffffe000, .entry_lo0 = (pa >> 12 << 6) | bits, .entry_lo1 = 0});
  return tlb;
}

FaultKind fault_at(const mmu::Tlb& tlb, const AddressSpace& space, std::uint64_t va,
                   Access access) {
  const auto result = mmu::translate(tlb, space, VirtAddr{va}, access);
  REQUIRE_FALSE(result);
  return result.error().kind;
}

bool refill_is_extended(const AddressSpace& space, std::uint64_t va) {
  const auto result = mmu::translate(mmu::Tlb{{}}, space, VirtAddr{va}, Access::kLoad);
  REQUIRE_FALSE(result);
  REQUIRE(result.error().kind == FaultKind::kRefill);
  return result.error().extended;
}

bool is_address_error(const AddressSpace& space, std::uint64_t va, Access access = Access::kLoad) {
  const auto result = mmu::translate(mmu::Tlb{{}}, space, VirtAddr{va}, access);
  return !result && result.error().kind == FaultKind::kAddressError;
}

mmu::Mapped unmapped_at(const AddressSpace& space, std::uint64_t va) {
  const auto result = mmu::translate(mmu::Tlb{{}}, space, VirtAddr{va}, Access::kStore);
  REQUIRE(result);
  REQUIRE_FALSE(result->mapped);
  return *result;
}

}  // namespace

TEST_CASE("translate: a mapped page gives frame, offset, rights and entry", "[mmu]") {
  const auto tlb = tlb_with(0x4000, 0x7'1234'5000, kV | kD | kCached);
  const auto result = mmu::translate(tlb, {.mode = Mode::kUser}, VirtAddr{0x4abc}, Access::kStore);
  REQUIRE(result);
  CHECK(result->at.bits() == 0x7'1234'5abc);
  CHECK(result->page_size == 4096);
  CHECK(result->cache_attribute == 3);
  CHECK(result->writable);
  CHECK(result->mapped);
  CHECK(result->index == 11);
}

TEST_CASE("translate: a store to a clean page faults kModified, a load does not", "[mmu]") {
  const auto tlb = tlb_with(0x4000, 0x1000, kV | kCached);
  const AddressSpace user{.mode = Mode::kUser};
  CHECK(fault_at(tlb, user, 0x4000, Access::kStore) == FaultKind::kModified);
  const auto load = mmu::translate(tlb, user, VirtAddr{0x4000}, Access::kLoad);
  REQUIRE(load);
  CHECK_FALSE(load->writable);
}

TEST_CASE("translate: invalid comes before modified, refill before both", "[mmu]") {
  const AddressSpace user{.mode = Mode::kUser};
  CHECK(fault_at(tlb_with(0x4000, 0x1000, 0), user, 0x4000, Access::kStore) == FaultKind::kInvalid);
  CHECK(fault_at(tlb_with(0x4000, 0x1000, 0), user, 0x6000, Access::kStore) == FaultKind::kRefill);
}

TEST_CASE("translate: an address error comes before anything that the TLB says", "[mmu]") {
  const auto tlb = tlb_with(0xffffffffc0000000, 0x1000, kV | kD);
  CHECK(fault_at(tlb, {.mode = Mode::kUser}, 0xffffffffc0000000, Access::kFetch) ==
        FaultKind::kAddressError);
  CHECK(mmu::translate(tlb, {.mode = Mode::kSupervisor}, VirtAddr{0xffffffffc0000000},
                       Access::kFetch));
}

TEST_CASE("translate: the refill vector follows the address, not the mode", "[mmu]") {
  const std::uint64_t useg = 0x4000, sseg = 0xffffffffc0000000, kseg3 = 0xffffffffe0000000;
  const std::uint64_t xsseg = 0x4000000000000000, xkseg = 0xc000000000000000;
  for (Mode mode : {Mode::kUser, Mode::kSupervisor, Mode::kKernel}) {
    CHECK(refill_is_extended({.mode = mode, .ux = true}, useg));
    CHECK_FALSE(refill_is_extended({.mode = mode, .kx = true, .sx = true}, useg));
  }
  // The half gigabyte of the supervisor goes by KX (note in R10000 UM 17.3).
  CHECK(refill_is_extended({.mode = Mode::kSupervisor, .kx = true}, sseg));
  CHECK_FALSE(refill_is_extended({.mode = Mode::kSupervisor, .sx = true, .ux = true}, sseg));
  CHECK(refill_is_extended({.mode = Mode::kSupervisor, .sx = true}, xsseg));
  CHECK(refill_is_extended({.mode = Mode::kKernel, .kx = true, .sx = true}, xsseg));
  CHECK(refill_is_extended({.mode = Mode::kKernel, .kx = true}, xkseg));
  CHECK(refill_is_extended({.mode = Mode::kKernel, .kx = true}, kseg3));
  CHECK_FALSE(refill_is_extended({.mode = Mode::kKernel, .sx = true, .ux = true}, kseg3));
}

TEST_CASE("translate: 32-bit user data ignores the upper half, fetches do not", "[mmu]") {
  const auto tlb = tlb_with(0x4000, 0x1000, kV | kD);
  const AddressSpace user{.mode = Mode::kUser};
  for (std::uint64_t upper : {0x1ull << 32, 0xffffffffull << 32, 0x8000000000000000ull}) {
    const auto load = mmu::translate(tlb, user, VirtAddr{upper | 0x4008}, Access::kLoad);
    REQUIRE(load);
    CHECK(load->at.bits() == 0x1008);
    CHECK(fault_at(tlb, user, upper | 0x4008, Access::kFetch) == FaultKind::kAddressError);
  }
  CHECK(fault_at(tlb, user, 0x80004000, Access::kLoad) == FaultKind::kAddressError);
}

TEST_CASE("translate: 32-bit kernel and supervisor addresses must be sign-extended", "[mmu]") {
  CHECK(is_address_error({.mode = Mode::kKernel}, 0x80000000));
  CHECK(is_address_error({.mode = Mode::kKernel}, 0x100004000));
  CHECK(is_address_error({.mode = Mode::kSupervisor}, 0xc0000000));
  CHECK(is_address_error({.mode = Mode::kKernel, .sx = true, .ux = true}, 0x9000000000000000));
}

TEST_CASE("translate: 64-bit kernels see large user and supervisor spaces only with UX and SX",
          "[mmu]") {
  const AddressSpace kernel{.mode = Mode::kKernel, .kx = true};
  AddressSpace with_ux = kernel, with_sx = kernel;
  with_ux.ux = true;
  with_sx.sx = true;
  CHECK(is_address_error(kernel, 0x80000000));
  CHECK_FALSE(is_address_error(with_ux, 0x80000000));
  CHECK(is_address_error(with_ux, 0x100000000000));
  CHECK(is_address_error(kernel, 0x4000000000000000));
  CHECK_FALSE(is_address_error(with_sx, 0x4000000000000000));
}

TEST_CASE("translate: kseg0 goes by Config.K0, kseg1 is uncached", "[mmu]") {
  const AddressSpace kernel{.mode = Mode::kKernel, .kseg0_attribute = 5};
  const auto kseg0 = unmapped_at(kernel, 0xffffffff80001234);
  CHECK(kseg0.at.bits() == 0x1234);
  CHECK(kseg0.cache_attribute == 5);
  CHECK(kseg0.page_size == 512 * kMiB);
  CHECK(kseg0.writable);
  const auto kseg1 = unmapped_at(kernel, 0xffffffffbfc00000);
  CHECK(kseg1.at.bits() == 0x1fc00000);
  CHECK(kseg1.cache_attribute == 2);
}

TEST_CASE(
    "translate: xkphys takes the cache algorithm from the address and checks what is above it",
    "[mmu]") {
  const AddressSpace kernel{.mode = Mode::kKernel, .kx = true};
  const auto cached = unmapped_at(kernel, 0xa80000ff12345678);
  CHECK(cached.at.bits() == 0xff12345678);
  CHECK(cached.cache_attribute == 5);
  CHECK(is_address_error(kernel, 0xa800010000000000));
  CHECK(is_address_error(kernel, 0xac00000000000000));
  // Uncached and uncached accelerated carry the uncached attribute in bits 58:57 (R10000 UM 16.2).
  CHECK(unmapped_at(kernel, 0x9600000000001000).at.bits() == 0x1000);
  CHECK(unmapped_at(kernel, 0xbe00000000001000).cache_attribute == 7);
  CHECK(is_address_error(kernel, 0x9100000000000000));
}

TEST_CASE("translate: ERL makes the low two gigabytes the physical ones, uncached", "[mmu]") {
  for (bool kx : {false, true}) {
    const AddressSpace error{.mode = Mode::kKernel, .kx = kx, .ux = true, .erl = true};
    const auto low = unmapped_at(error, 0x7ffffff8);
    CHECK(low.at.bits() == 0x7ffffff8);
    CHECK(low.cache_attribute == 2);
    CHECK(is_address_error(error, 0x80000000));
  }
}

TEST_CASE("translate: probing changes nothing, however often", "[mmu]") {
  const auto tlb = tlb_with(0x4000, 0x1000, kV);
  const AddressSpace user{.mode = Mode::kUser};
  for (int i = 0; i < 3; ++i) {
    CHECK(fault_at(tlb, user, 0x4000, Access::kStore) == FaultKind::kModified);
    CHECK(tlb.read(11).entry_lo0 == (1 << 6 | kV));
  }
}

TEST_CASE(
    "translate: only data addresses of 32-bit user programs are compared without their upper half",
    "[mmu]") {
  const VirtAddr va{0xdeadbeef00401000};
  AddressSpace user;
  user.mode = Mode::kUser;
  CHECK(compared_address(user, va, Access::kLoad) == VirtAddr{0x401000});
  CHECK(compared_address(user, va, Access::kStore) == VirtAddr{0x401000});
  CHECK(compared_address(user, va, Access::kFetch) == va);
  user.ux = true;
  CHECK(compared_address(user, va, Access::kLoad) == va);
  AddressSpace kernel;
  CHECK(compared_address(kernel, va, Access::kLoad) == va);
}
