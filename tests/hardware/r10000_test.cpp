// What hardware/ computes: page sizes, Context, segments, halves of registers, values of the power
// register. The numbers here are the manual's, written again.
#include "hardware/board/direct_windows.hpp"
#include "hardware/board/power.hpp"
#include "hardware/board/register64.hpp"
#include "hardware/r10000/cp0.hpp"
#include "hardware/r10000/exceptions.hpp"
#include "hardware/r10000/segments.hpp"
#include "hardware/r10000/tlb.hpp"
#include "tests/support/catch.hpp"

namespace hardware {

TEST_CASE("PageMask: the seven of the manual, and others count as the next below", "[hardware]") {
  const std::uint64_t masks[] = {0x0000000, 0x0006000, 0x001e000, 0x007e000,
                                 0x01fe000, 0x07fe000, 0x1ffe000};
  for (unsigned n = 0; n < kPageSizes; ++n) {
    CHECK(page_mask_of(n) == masks[n]);
    CHECK(size_class_of(masks[n]) == n);
  }
  CHECK(size_class_of(0x0002000) == 0);
  CHECK(size_class_of(0x000e000) == 1);
  CHECK(size_class_of(0x1ffc000) == 5);
  CHECK(size_class_of(~std::uint64_t{0}) == 6);
}

TEST_CASE("EntryLo and EntryHi: the bits that the R10000 has", "[hardware]") {
  CHECK(entry_lo::kWritable == 0xc0000003ffffffff);
  CHECK(entry_hi::kWritable == 0xc0000fffffffe0ff);
  CHECK(entry_lo::kCoherent == 0x28);
  CHECK(entry_lo::kUncached == 0x10);
}

TEST_CASE("Context: a TLB exception keeps PTEBase and sets BadVPN2", "[hardware]") {
  CHECK(context_of(~std::uint64_t{0}, 0) == 0xffffffffff800000);
  CHECK(context_of(0, ~std::uint64_t{0}) == 0x7ffff0);
  CHECK(context_of(0, 0x12345678) == 0x12345678 >> 13 << 4);
  CHECK(xcontext_of(~std::uint64_t{0}, 0) == 0xffffffe000000000);
  CHECK(xcontext_of(0, ~std::uint64_t{0}) == 0x1ffffffff0);
  CHECK(xcontext_of(0, std::uint64_t{1} << 62) == std::uint64_t{1} << 35);
}

TEST_CASE("Segments: KSEG0 to KSEG3, XKPHYS and the direct windows", "[hardware]") {
  CHECK(kKseg1 == 0xffffffffa0000000);
  CHECK(kCsseg == 0xffffffffc0000000);
  CHECK(kKseg3 == 0xffffffffe0000000);
  CHECK(is_kseg0_or_1(0xffffffffbfffffff));
  CHECK_FALSE(is_kseg0_or_1(0xffffffff7fffffff));
  CHECK(xkphys(2) == 0x9000000000000000);
  CHECK(xkphys(5) == 0xa800000000000000);
  CHECK(kResetVector == kKseg1 + 0x1fc00000);
  CHECK(sign_extended_word(0x80000000) == kKseg0);
  CHECK(sign_extended_word(0x17fffffff) == 0x7fffffff);

  CHECK(kCssegDevices == 0xffffffffdc000000);
  CHECK(is_direct(0xffffffffcfffffff));
  CHECK_FALSE(is_direct(0xffffffffd0000000));
  CHECK(is_direct(0xffffffffdc000000));
  CHECK_FALSE(is_direct(0xffffffffe0000000));
  CHECK(is_direct(0x400001ffffffffff));
  CHECK_FALSE(is_direct(0x4000020000000000));
  CHECK(csseg_physical(0xffffffffc0100000) == 0x100000);
}

TEST_CASE("Exceptions: which are the TLB's, which leave an address", "[hardware]") {
  for (unsigned code = 0; code < kExceptionCodes; ++code) {
    const auto number = static_cast<std::uint8_t>(code);
    CHECK(is_tlb_exception(number) == (code == 1 || code == 2 || code == 3));
    CHECK(has_bad_vaddr(number) == (code >= 1 && code <= 5));
  }
}

TEST_CASE("RegisterPart: halves of a big-endian register, and addresses in the lower one",
          "[hardware]") {
  const auto upper = register_part(0x20, 4), lower = register_part(0x24, 4);
  REQUIRE((upper && lower));
  CHECK(upper->offset == 0x20);
  CHECK(lower->offset == 0x20);
  CHECK(upper->extract(0x1122334455667788) == 0x11223344);
  CHECK(lower->extract(0x1122334455667788) == 0x55667788);
  CHECK(upper->insert(0x1122334455667788, 0xaabbccdd) == 0xaabbccdd55667788);
  CHECK(lower->insert_address(0x1122334455667788, 0x80000000) == kKseg0);
  CHECK(upper->insert_address(0x1122334455667788, 0xffffffff) == 0xffffffff55667788);
  CHECK(register_part(0x20, 8)->insert_address(0, 0x80000000) == 0x80000000);
  CHECK_FALSE(register_part(0x20, 2));
}

TEST_CASE("Power: what ends a run, and with which code", "[hardware]") {
  CHECK(ends_run(0));
  CHECK(exit_code_of(0) == 0);
  CHECK(ends_run(power_off_value(98)));
  CHECK(exit_code_of(power_off_value(98)) == 98);
  CHECK_FALSE(ends_run(kPowerReset));
  CHECK_FALSE(ends_run(4));
}

}  // namespace hardware
