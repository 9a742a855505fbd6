// What each part of a TLB entry, of Wired and of Random means (R10000 UM 14.1-14.9,
// 14.33-14.36, 16.3).
#include <map>
#include <vector>

#include "mmu/tlb.hpp"
#include "tests/support/catch.hpp"

using namespace common;
using mmu::Tlb;
using mmu::TlbImage;

namespace {

constexpr std::uint64_t kG = 1, kV = 2, kD = 4, kCached = 3 << 3;

std::uint64_t lo(std::uint64_t pa, std::uint64_t bits) { return pa >> 12 << 6 | bits; }

TlbImage pair_at(std::uint64_t va, unsigned asid, std::uint64_t pa,
                 std::uint64_t bits = kV | kD | kCached, std::uint64_t mask = 0) {
  const std::uint64_t page = (mask >> 1 | 0xfff) + 1;
  return {.entry_hi = va | asid,
          .entry_lo0 = lo(pa, bits),
          .entry_lo1 = lo(pa + page, bits),
          .page_mask = mask};
}

std::optional<std::uint64_t> frame_at(const Tlb& tlb, std::uint64_t va, unsigned asid) {
  const auto page = tlb.lookup(VirtAddr{va}, Asid{static_cast<std::uint8_t>(asid)});
  if (!page) return std::nullopt;
  return page->frame.bits();
}

}  // namespace

TEST_CASE("Tlb: a new one matches nothing and reads as zero", "[mmu][tlb]") {
  const Tlb tlb{{}};
  CHECK_FALSE(frame_at(tlb, 0, 0));
  CHECK_FALSE(frame_at(tlb, 0xffffffffc0000000, 0));
  CHECK_FALSE(tlb.probe(0));
  CHECK(tlb.read(0) == TlbImage{});
}

TEST_CASE("Tlb: an entry maps an even and an odd page", "[mmu][tlb]") {
  Tlb tlb{{}};
  tlb.write(7, {.entry_hi = 0x4000 | 9,
                .entry_lo0 = lo(0x111000, kV | kCached),
                .entry_lo1 = lo(0x999000, kV | kD | 2 << 3)});
  const auto even = tlb.lookup(VirtAddr{0x4ffc}, Asid{9});
  const auto odd = tlb.lookup(VirtAddr{0x5000}, Asid{9});
  REQUIRE(even);
  REQUIRE(odd);
  CHECK(even->index == 7);
  CHECK(even->frame.bits() == 0x111000);
  CHECK(even->size == 4096);
  CHECK(even->cache_attribute == 3);
  CHECK(even->valid);
  CHECK_FALSE(even->dirty);
  CHECK_FALSE(even->global);
  CHECK(odd->frame.bits() == 0x999000);
  CHECK(odd->cache_attribute == 2);
  CHECK(odd->dirty);
  CHECK_FALSE(frame_at(tlb, 0x6000, 9));
  CHECK_FALSE(frame_at(tlb, 0x3fff, 9));
}

TEST_CASE("Tlb: an entry that is not valid still matches, so it is no refill", "[mmu][tlb]") {
  Tlb tlb{{}};
  tlb.write(0, pair_at(0x4000, 1, 0x10000, 0));
  const auto page = tlb.lookup(VirtAddr{0x4000}, Asid{1});
  REQUIRE(page);
  CHECK_FALSE(page->valid);
}

TEST_CASE("Tlb: entries of seven page sizes map pages of their size", "[mmu][tlb]") {
  const unsigned size = GENERATE(range(0u, 7u));
  const std::uint64_t page = 4096ull << 2 * size;
  const std::uint64_t mask = ((1ull << 2 * size) - 1) << 13;
  Tlb tlb{{}};
  const std::uint64_t va = 0x12'3c00'0000, pa = 0xab'4000'0000;
  tlb.write(1, pair_at(va, 4, pa, kV, mask));
  CHECK(frame_at(tlb, va, 4) == pa);
  CHECK(frame_at(tlb, va + page - 1, 4) == pa);
  CHECK(frame_at(tlb, va + page, 4) == pa + page);
  CHECK(frame_at(tlb, va + 2 * page - 1, 4) == pa + page);
  CHECK_FALSE(frame_at(tlb, va + 2 * page, 4));
  CHECK_FALSE(frame_at(tlb, va - 1, 4));
  CHECK(tlb.lookup(VirtAddr{va}, Asid{4})->size == page);
  CHECK(tlb.read(1).page_mask == mask);
}

TEST_CASE("Tlb: a mask between two page sizes means the smaller", "[mmu][tlb]") {
  Tlb tlb{{}};
  TlbImage image = pair_at(0x800000, 0, 0);
  image.page_mask = 0x1fe000 ^ 0x80000;  // a hole in the 1 MB mask
  tlb.write(0, image);
  CHECK(tlb.read(0).page_mask == 0x7e000);
  image.page_mask = 0x2000;
  tlb.write(0, image);
  CHECK(tlb.read(0).page_mask == 0);
}

TEST_CASE("Tlb: the ASID must match unless both halves are global", "[mmu][tlb]") {
  Tlb tlb{{}};
  TlbImage image = pair_at(0x4000, 5, 0x10000);
  tlb.write(0, image);
  CHECK(frame_at(tlb, 0x4000, 5));
  CHECK_FALSE(frame_at(tlb, 0x4000, 4));
  image.entry_lo0 |= kG;
  tlb.write(0, image);
  CHECK_FALSE(frame_at(tlb, 0x4000, 4));
  CHECK((tlb.read(0).entry_lo0 & kG) == 0);
  image.entry_lo1 |= kG;
  tlb.write(0, image);
  CHECK(frame_at(tlb, 0x4000, 4));
  CHECK((tlb.read(0).entry_lo0 & tlb.read(0).entry_lo1 & kG) == kG);
  CHECK((tlb.read(0).entry_hi & 0xff) == 5);
}

TEST_CASE("Tlb: the region bits are part of the address", "[mmu][tlb]") {
  Tlb tlb{{}};
  tlb.write(0, pair_at(0x4000, 0, 0x10000));
  tlb.write(1, pair_at(0x4000000000004000, 0, 0x20000));
  tlb.write(2, pair_at(0xc000000000004000, 0, 0x30000));
  CHECK(frame_at(tlb, 0x4000, 0) == 0x10000);
  CHECK(frame_at(tlb, 0x4000000000004000, 0) == 0x20000);
  CHECK(frame_at(tlb, 0xc000000000004000, 0) == 0x30000);
}

TEST_CASE("Tlb: a read gives back implemented bits only, nothing below the page size",
          "[mmu][tlb]") {
  Tlb tlb{{}};
  tlb.write(3, {.entry_hi = ~0ull, .entry_lo0 = ~0ull, .entry_lo1 = ~1ull, .page_mask = 0x7e000});
  const TlbImage image = tlb.read(3);
  CHECK(image.entry_hi == 0xc0000ffffff800ff);
  CHECK(image.entry_lo0 == 0xc0000003fffff03e);  // G of one half only is none
  CHECK(image.entry_lo1 == 0xc0000003fffff03e);
  CHECK(image.page_mask == 0x7e000);
  CHECK(tlb.read(64) == TlbImage{});
}

TEST_CASE("Tlb: probe finds by VPN2, region and ASID, whatever V says", "[mmu][tlb]") {
  Tlb tlb{{}};
  tlb.write(9, pair_at(0x40000, 2, 0, 0, 0x1e000));
  CHECK(tlb.probe(0x40000 | 2) == 9u);
  CHECK(tlb.probe(0x5e000 | 2) == 9u);
  CHECK_FALSE(tlb.probe(0x60000 | 2));
  CHECK_FALSE(tlb.probe(0x40000 | 3));
}

TEST_CASE("Tlb: a write invalidates every entry that it overlaps, wired ones too", "[mmu][tlb]") {
  Tlb tlb{{}};
  tlb.set_wired(8, 0);
  tlb.write(0, pair_at(0x40000, 1, 0x100000));
  tlb.write(20, pair_at(0x42000, 1, 0x200000));
  tlb.write(21, pair_at(0x60000, 1, 0x300000));
  tlb.write(22, pair_at(0x42000, 2, 0x400000));
  const auto written = tlb.write(30, pair_at(0x40000, 1, 0x800000, kV, 0x1e000));
  CHECK(written.index == 30);
  CHECK(written.overlapping == 2);
  CHECK(frame_at(tlb, 0x40000, 1) == 0x800000);
  CHECK(frame_at(tlb, 0x60000, 1) == 0x300000);
  CHECK(frame_at(tlb, 0x42000, 2) == 0x400000);
  CHECK(tlb.read(0) == TlbImage{});
  CHECK(tlb.read(20) == TlbImage{});
  SECTION("a small page throws out the large one around it") {
    CHECK(tlb.write(1, pair_at(0x5e000, 1, 0x900000)).overlapping == 1);
    CHECK_FALSE(frame_at(tlb, 0x40000, 1));
  }
  SECTION("a global entry overlaps all address spaces") {
    CHECK(tlb.write(1, pair_at(0x42000, 7, 0x900000, kV | kG)).overlapping == 2);
  }
}

TEST_CASE("Tlb: writing an entry over itself overlaps nothing", "[mmu][tlb]") {
  Tlb tlb{{}};
  for (int i = 0; i < 3; ++i) CHECK(tlb.write(5, pair_at(0x4000, 1, 0x1000)).overlapping == 0);
  CHECK(tlb.write(6, pair_at(0x4000, 1, 0x1000)).overlapping == 1);
  CHECK(tlb.probe(0x4000 | 1) == 6u);
}

TEST_CASE("Tlb: an index beyond it changes nothing", "[mmu][tlb]") {
  Tlb tlb{{.entries = 48}};
  tlb.write(0, pair_at(0x4000, 1, 0x1000));
  CHECK(tlb.write(48, pair_at(0x4000, 1, 0x2000)).overlapping == 0);
  CHECK(frame_at(tlb, 0x4000, 1) == 0x1000);
}

TEST_CASE("Tlb: a full TLB of any geometry finds each of its entries", "[mmu][tlb]") {
  const std::uint32_t entries = GENERATE(8u, 48u, 64u, 128u, 512u);
  Tlb tlb{{.entries = entries}};
  for (std::uint32_t i = 0; i < entries; ++i)
    tlb.write(i, pair_at(i * 0x2000ull, i & 0xff, i * 0x10000ull));
  for (std::uint32_t i = 0; i < entries; ++i)
    CHECK(frame_at(tlb, i * 0x2000ull, i & 0xff) == i * 0x10000ull);
}

TEST_CASE("Random: the manual's counts down once an instruction, from the top to Wired",
          "[mmu][random]") {
  const std::uint32_t entries = GENERATE(8u, 48u, 64u);
  Tlb tlb{{.entries = entries, .random = mmu::RandomKind::kManual}};
  CHECK(tlb.random(0) == entries - 1);
  CHECK(tlb.random(1) == entries - 2);
  CHECK(tlb.random(entries - 1) == 0);
  CHECK(tlb.random(entries) == entries - 1);
  tlb.set_wired(6, 1000);
  CHECK(tlb.random(1000) == entries - 1);
  CHECK(tlb.random(1000 + entries - 7) == 6);
  CHECK(tlb.random(1000 + entries - 6) == entries - 1);
}

TEST_CASE("Random: with every entry wired it is the last one", "[mmu][random]") {
  const auto kind = GENERATE(mmu::RandomKind::kManual, mmu::RandomKind::kLfsr);
  Tlb tlb{{.entries = 48, .random = kind}};
  for (std::uint32_t wired : {47u, 48u, 63u}) {
    tlb.set_wired(wired, 0);
    CHECK(tlb.wired() == wired);
    for (std::uint64_t n : {0u, 1u, 47u, 1000u}) CHECK(tlb.random(n) == 47);
  }
}

TEST_CASE("Random: Wired has as many bits as an index", "[mmu][random]") {
  Tlb tlb{{.entries = 64}};
  tlb.set_wired(0xffffffc5, 0);
  CHECK(tlb.wired() == 5);
}

TEST_CASE("Random: the lfsr moves only with tlbwr, by its seed alone", "[mmu][random]") {
  Tlb a{{.entries = 64, .seed = 1}}, b{{.entries = 64, .seed = 1}}, c{{.entries = 64, .seed = 2}};
  const TlbImage unmatched{.entry_hi = 0xffffffff80000000};
  unsigned same_as_other_seed = 0;
  for (int i = 0; i < 64; ++i) {
    CHECK(a.random(0) == a.random(12345));
    const std::uint32_t foretold = a.random(0);
    CHECK(a.write_random(unmatched, 7).index == foretold);
    CHECK(b.write_random(unmatched, 99).index == foretold);
    same_as_other_seed += c.write_random(unmatched, 7).index == foretold;
  }
  CHECK(same_as_other_seed < 10);
}

TEST_CASE("Random: the lfsr spreads evenly over the entries above Wired", "[mmu][random]") {
  const std::uint32_t entries = GENERATE(48u, 64u);
  const std::uint32_t seed = GENERATE(0u, 1u, 0xffffffffu);
  CAPTURE(entries, seed);
  Tlb tlb{{.entries = entries, .seed = seed}};
  tlb.set_wired(8, 0);
  constexpr std::uint32_t kEach = 2000;
  const std::uint32_t span = entries - 8;
  std::vector<std::uint32_t> count(entries);
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> pairs;
  std::uint32_t last = 0;
  for (std::uint32_t i = 0; i < span * kEach; ++i) {
    const std::uint32_t index = tlb.write_random({}, 0).index;
    ++count[index];
    ++pairs[{last, index}];
    last = index;
  }
  double chi2 = 0;
  for (std::uint32_t i = 0; i < entries; ++i) {
    if (i < 8) {
      CHECK(count[i] == 0);
      continue;
    }
    const double off = double(count[i]) - kEach;
    chi2 += off * off / kEach;
  }
  CHECK(chi2 < 2.0 * span);               // expected: span - 1
  CHECK(pairs.size() > span * span - 8);  // every index follows every other: no loop to lock onto
}
