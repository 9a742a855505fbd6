// The virtual TLB and the L2TLB as data structures, the former against the machine's own TLB class.
#include <map>
#include <random>
#include "tests/support/catch.hpp"

#include "disco/core/tlb/l2_tlb.hpp"
#include "disco/core/tlb/virtual_tlb.hpp"
#include "mmu/tlb.hpp"

namespace disco::test {

namespace {

/// Entries that meet often: few addresses, few ASIDs, all page sizes.
GuestEntry random_entry(std::mt19937_64& random, unsigned most_size) {
  const auto below = [&](std::uint64_t n) { return random() % n; };
  constexpr std::uint64_t kRegions[] = {0, std::uint64_t{1} << 62,
                                        std::uint64_t{3} << 62 | 0xfffc0000000};
  GuestEntry e;
  e.page_mask = page_mask_of(static_cast<unsigned>(below(most_size + 1)));
  e.hi = kRegions[below(3)] | below(1u << 14) << 13 | below(4);
  e.lo0 = below(1u << 20) << 6 | below(64);
  e.lo1 = below(1u << 20) << 6 | below(64);
  if (below(4) != 0) e.lo0 &= ~entry_lo::kGlobal;
  return e;
}

mmu::TlbImage image_of(const GuestEntry& e) { return {e.hi, e.lo0, e.lo1, e.page_mask}; }

}  // namespace

TEST_CASE("TlbEntry: what is stored is what the machine stores", "[disco][tlb]") {
  const auto seed = GENERATE(range(1u, 9u));
  INFO("seed " << seed);
  std::mt19937_64 random{seed};
  mmu::Tlb machine{{.entries = 64, .random = mmu::RandomKind::kLfsr, .seed = 1}};
  for (int n = 0; n < 2000; ++n) {
    const GuestEntry raw{.hi = random(), .lo0 = random(), .lo1 = random(), .page_mask = random()};
    machine.write(0, image_of(raw));
    const mmu::TlbImage stored = machine.read(0);
    const GuestEntry ours = normalised(raw);
    CHECK(ours.hi == stored.entry_hi);
    CHECK(ours.lo0 == stored.entry_lo0);
    CHECK(ours.lo1 == stored.entry_lo1);
    CHECK(ours.page_mask == stored.page_mask);
  }
}

TEST_CASE("VirtualTlb: answers like the machine's TLB to the same writes", "[disco][tlb]") {
  const auto entries = GENERATE(8u, 48u, 64u, 128u, 512u);
  const auto most_size = GENERATE(0u, 2u, 6u);
  const unsigned seed = entries * 7 + most_size;
  INFO("seed " << seed);
  std::mt19937_64 random{seed};
  mmu::Tlb machine{{.entries = entries, .random = mmu::RandomKind::kLfsr, .seed = 1}};
  VirtualTlb ours{entries};
  for (int n = 0; n < 6000; ++n) {
    const auto index = static_cast<unsigned>(random() % entries);
    const GuestEntry e = normalised(random_entry(random, most_size));
    const mmu::TlbWritten written = machine.write(index, image_of(e));
    ours.kill(index);
    REQUIRE(ours.kill_overlapping(e).count == written.overlapping);
    ours.place(index, e, false);

    const GuestEntry probe = random_entry(random, most_size);
    const auto expected = machine.probe(probe.hi);
    const auto found = ours.probe(probe.hi);
    REQUIRE(found.has_value() == expected.has_value());
    if (found) REQUIRE(*found == *expected);
    const auto any = static_cast<unsigned>(random() % entries);
    const mmu::TlbImage read = machine.read(any);
    REQUIRE(ours.read(any) ==
            GuestEntry{read.entry_hi, read.entry_lo0, read.entry_lo1, read.page_mask});
  }
}

TEST_CASE("L2Tlb: size 0 holds nothing and finds nothing", "[disco][l2tlb]") {
  L2Tlb tlb{{}};
  const GuestEntry e = normalised({.hi = 0x2000, .lo0 = 0x42, .lo1 = 0x42, .page_mask = 0});
  CHECK_FALSE(tlb.insert(e, true));
  CHECK(tlb.find(VirtAddr{0x2000}, Asid{0}) == nullptr);
  CHECK_FALSE(tlb.contains(e));
  CHECK(tlb.drop_overlapping(e).count == 0);
}

TEST_CASE("L2Tlb: sizes are powers of two from 2", "[disco][l2tlb]") {
  for (const std::uint64_t good : {0u, 2u, 4u, 1024u, 1u << 20}) CHECK(L2Tlb::is_valid_size(good));
  for (const std::uint64_t bad : {1u, 3u, 6u, 1000u, 1u << 21})
    CHECK_FALSE(L2Tlb::is_valid_size(bad));
}

TEST_CASE("L2Tlb: a third entry of a set displaces the first", "[disco][l2tlb]") {
  std::vector<L2Tlb::Entry> storage(2);
  L2Tlb tlb{storage};
  const auto entry = [](std::uint64_t page) {
    return normalised({.hi = page << 13, .lo0 = page << 6 | 2, .lo1 = 0, .page_mask = 0});
  };
  CHECK_FALSE(tlb.insert(entry(1), true));
  CHECK_FALSE(tlb.insert(entry(2), true));
  const auto displaced = tlb.insert(entry(3), true);
  REQUIRE(displaced);
  CHECK(*displaced == entry(1));
  CHECK(tlb.contains(entry(2)));
  CHECK(tlb.contains(entry(3)));
}

TEST_CASE("L2Tlb: holds no more and no less than a list that forgets what it displaces",
          "[disco][l2tlb]") {
  const auto size = GENERATE(2u, 16u, 256u);
  const auto most_size = GENERATE(0u, 1u, 6u);
  const unsigned seed = size + most_size;
  INFO("seed " << seed);
  std::mt19937_64 random{seed};
  std::vector<L2Tlb::Entry> storage(size);
  L2Tlb tlb{storage};
  std::vector<GuestEntry> model;
  unsigned emptied = 0;
  for (int n = 0; n < 6000; ++n) {
    const GuestEntry e = normalised(random_entry(random, most_size));
    const auto meets = [&](const GuestEntry& other) { return overlaps(other, e); };
    const Overlapped dropped = tlb.drop_overlapping(e);
    if (dropped.everything) {
      // Only where what overlaps could be in dozens of places.
      const auto is_far_off = [&](const GuestEntry& other) {
        const bool same_region = (other.hi ^ e.hi) >> 62 == 0;
        return other.size_class() + 3 <= e.size_class() || e.size_class() >= 2 ||
               (e.is_global() && !other.is_global() && same_region);
      };
      REQUIRE(std::any_of(model.begin(), model.end(), is_far_off));
      REQUIRE((most_size > 0 || e.is_global()));
      model.clear();
      ++emptied;
    } else {
      REQUIRE(dropped.count == std::erase_if(model, meets));
    }
    if (random() % 3 != 0) {
      const auto displaced = tlb.insert(e, true);
      if (displaced) REQUIRE(std::erase(model, *displaced) == 1);
      model.push_back(e);
    }
    if (random() % 500 == 0) {
      tlb.flush();
      model.clear();
    }
    REQUIRE(model.size() <= size);
    const GuestEntry probe = random_entry(random, most_size);
    const VirtAddr va{probe.hi & entry_hi::kVpn2};
    const auto found = tlb.find(va, probe.asid());
    const auto expected = std::find_if(model.begin(), model.end(), [&](const GuestEntry& other) {
      return other.matches(va, probe.asid());
    });
    REQUIRE((found != nullptr) == (expected != model.end()));
    if (found != nullptr) REQUIRE(found->guest() == *expected);
  }
  CHECK(emptied < 3000);
}

TEST_CASE("L2Tlb: what a flush removed stays away, however many flushes follow", "[disco][l2tlb]") {
  const auto size = GENERATE(2u, 64u, L2Tlb::kMaxEntries);
  std::vector<L2Tlb::Entry> storage(size);
  L2Tlb tlb{storage};
  const auto entry = [](std::uint64_t page) {
    return normalised({.hi = page << 13, .lo0 = page << 6 | 2, .lo1 = 0, .page_mask = 0});
  };
  const std::uint64_t sets = size / 2, pages[] = {0, sets / 2, sets - 1};
  std::uint64_t alive = 0;
  for (unsigned n = 0; n < 600'000; ++n) {
    // Once, entries in the first set, in the last and in between; nothing comes in their place.
    if (n == 123) {
      for (const std::uint64_t page : pages) tlb.insert(entry(page), true);
    }
    tlb.flush();
    for (const std::uint64_t page : pages) {
      alive += tlb.find(VirtAddr{page << 13}, Asid{0}) != nullptr ? 1 : 0;
      alive += tlb.contains(entry(page)) ? 1 : 0;
      // And as the assembly path looks for it.
      const L2Tlb::Entry* set = tlb.entries() + (page & tlb.set_mask()) * L2Tlb::kWays;
      for (unsigned way = 0; way < L2Tlb::kWays; ++way)
        alive += set[way].tag == (page << 13 | tlb.salt()) ? 1 : 0;
    }
  }
  CHECK(alive == 0);
}

}  // namespace disco::test
