// mmu::Tlb against a plain list of entries, driven by random writes, probes, reads and lookups over
// few pages, so that overlaps of all sizes are common.
#include <random>

#include "tests/mmu/naive_tlb.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/state_image.hpp"

using namespace common;

namespace {

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_{seed} {}
  std::uint64_t below(std::uint64_t n) { return random_() % n; }

  std::uint64_t address() {
    static constexpr std::uint64_t kRegions[] = {0, 1ull << 62, 3ull << 62, 0xffffffff00000000};
    static constexpr unsigned kSpreads[] = {16, 20, 27, 44};
    const std::uint64_t offset = random_() % (1ull << kSpreads[below(4)]);
    return kRegions[below(4)] ^ offset;
  }
  std::uint64_t asid() { return below(3); }
  std::uint64_t page_mask() {
    if (below(10) == 0) return random_();  // mostly illegal
    const std::uint64_t size = below(3) == 0 ? below(7) : 0;
    return ((1ull << 2 * size) - 1) << 13;
  }
  std::uint64_t lo() {
    // Few globals: one would throw out everything else at its address.
    const std::uint64_t bits = random_();
    return below(6) == 0 ? bits | 1 : bits & ~1ull;
  }
  mmu::TlbImage image() {
    const std::uint64_t both = below(8) == 0 ? 1 : 0;
    return {.entry_hi = (address() & ~0xffull) | asid(),
            .entry_lo0 = lo() | both,
            .entry_lo1 = lo() | both,
            .page_mask = page_mask()};
  }

 private:
  std::mt19937_64 random_;
};

bool same_page(const std::optional<mmu::TlbPage>& found,
               const std::optional<test::NaiveTlb::Page>& expected) {
  if (found.has_value() != expected.has_value()) return false;
  if (!found) return true;
  return found->index == expected->index && found->frame.bits() == expected->frame &&
         found->size == expected->bytes && found->cache_attribute == expected->attribute &&
         found->dirty == expected->dirty && found->valid == expected->valid &&
         found->global == expected->global;
}

struct Pair {
  mmu::Tlb tlb;
  test::NaiveTlb naive;
  std::uint64_t instructions = 0;
  std::uint64_t hits = 0, overlaps = 0;
};

/// One random operation on both; false when they disagree.
bool step(Pair& p, Generator& g, std::uint32_t entries) {
  ++p.instructions;
  p.naive.retire_one();
  switch (g.below(16)) {
    case 0:
    case 1:
    case 2: {
      const auto index = static_cast<std::uint32_t>(g.below(entries + 4));
      const mmu::TlbImage image = g.image();
      const mmu::TlbWritten written = p.tlb.write(index, image);
      p.overlaps += written.overlapping;
      return written.index == index && written.overlapping == p.naive.write(index, image);
    }
    case 3:
    case 4: {
      const mmu::TlbImage image = g.image();
      const std::uint32_t foretold = p.tlb.random(p.instructions);
      const mmu::TlbWritten written = p.tlb.write_random(image, p.instructions);
      if (p.naive.counts_down() && written.index != p.naive.random()) return false;
      const std::uint32_t lowest = std::min(p.naive.wired(), entries - 1);
      if (written.index != foretold || written.index < lowest || written.index >= entries)
        return false;
      p.overlaps += written.overlapping;
      return written.overlapping == p.naive.write(written.index, image);
    }
    case 5: {
      if (g.below(20) != 0) return true;
      const auto wired = static_cast<std::uint32_t>(g.below(entries + 8));
      p.tlb.set_wired(wired, p.instructions);
      p.naive.set_wired(wired);
      return p.tlb.wired() == p.naive.wired();
    }
    case 6: {
      const auto index = static_cast<std::uint32_t>(g.below(entries + 4));
      return p.tlb.read(index) == p.naive.read(index);
    }
    case 7: {
      const std::uint64_t entry_hi = g.address() | g.asid();
      return p.tlb.probe(entry_hi) == p.naive.probe(entry_hi);
    }
    case 8: return !p.naive.counts_down() || p.tlb.random(p.instructions) == p.naive.random();
    default: {
      const std::uint64_t va = g.address();
      const std::uint64_t asid = g.asid();
      const auto found = p.tlb.lookup(VirtAddr{va}, Asid{static_cast<std::uint8_t>(asid)});
      if (found) ++p.hits;
      return same_page(found, p.naive.lookup(va, static_cast<unsigned>(asid)));
    }
  }
}

}  // namespace

TEST_CASE("Tlb: random sequences agree with a plain list of entries", "[mmu][tlb][differential]") {
  const std::uint32_t entries = GENERATE(8u, 48u, 64u, 128u, 512u);
  const auto kind = GENERATE(mmu::RandomKind::kManual, mmu::RandomKind::kLfsr);
  const std::uint64_t seed = GENERATE(11u, 12u, 13u);
  CAPTURE(entries, static_cast<int>(kind), seed);
  Generator g{seed * 1000 + entries};
  Pair p{mmu::Tlb{{.entries = entries, .random = kind, .seed = static_cast<std::uint32_t>(seed)}},
         test::NaiveTlb{entries, kind == mmu::RandomKind::kManual}};
  p.naive.start_at_top();
  for (int i = 0; i < 40'000; ++i) {
    if (step(p, g, entries)) continue;
    FAIL("differs at step " << i);
  }
  CHECK(p.hits > 500);
  CHECK(p.overlaps > 100);
}

TEST_CASE("Tlb: a restored one goes on exactly like the one it was taken from", "[mmu][tlb]") {
  const auto kind = GENERATE(mmu::RandomKind::kManual, mmu::RandomKind::kLfsr);
  const std::uint64_t seed = GENERATE(21u, 22u);
  CAPTURE(static_cast<int>(kind), seed);
  const mmu::TlbConfig config{.entries = 48, .random = kind, .seed = 3};
  mmu::Tlb original{config};
  Generator g{seed};
  std::uint64_t instructions = 0;
  original.set_wired(5, 77);
  for (int i = 0; i < 300; ++i) original.write_random(g.image(), instructions += 3);

  mmu::Tlb restored{mmu::TlbConfig{.entries = 48, .random = kind, .seed = 99}};
  for (int i = 0; i < 40; ++i) restored.write_random(g.image(), 5);  // must all be forgotten
  test::give_state(restored, test::take_state(original));
  REQUIRE(test::take_state(restored) == test::take_state(original));

  for (int i = 0; i < 2000; ++i) {
    instructions += g.below(9);
    const mmu::TlbImage image = g.image();
    const auto a = original.write_random(image, instructions);
    const auto b = restored.write_random(image, instructions);
    REQUIRE(a.index == b.index);
    REQUIRE(a.overlapping == b.overlapping);
    const VirtAddr va{g.address()};
    REQUIRE(original.lookup(va, Asid{1}).has_value() == restored.lookup(va, Asid{1}).has_value());
  }
  CHECK(test::take_state(restored) == test::take_state(original));
}

TEST_CASE("Random: a register of zero, which would never move, is that of the seed",
          "[mmu][random]") {
  const mmu::TlbConfig config{.entries = 48, .random = mmu::RandomKind::kLfsr, .seed = 4};
  const mmu::Tlb fresh{config};
  mmu::Tlb taking{config};
  for (int i = 0; i < 10; ++i) taking.write_random({}, 0);
  taking.set_replacement({.wired = 3, .random_base = 0, .lfsr = 0});
  CHECK(taking.replacement().lfsr == fresh.replacement().lfsr);
  CHECK(taking.replacement().wired == 3);
  taking.set_replacement({.wired = 3, .random_base = 0, .lfsr = 1});
  CHECK(taking.replacement().lfsr == 1);
}

TEST_CASE("Random: a TLB that takes over another's replacement state chooses the same victims",
          "[mmu][random]") {
  const auto kind = GENERATE(mmu::RandomKind::kManual, mmu::RandomKind::kLfsr);
  mmu::Tlb first{{.entries = 48, .random = kind, .seed = 4}};
  first.set_wired(3, 1000);
  for (int i = 0; i < 100; ++i) first.write_random({}, 2000);
  mmu::Tlb second{{.entries = 48, .random = kind, .seed = 5}};
  second.set_replacement(first.replacement());
  REQUIRE(second.replacement() == first.replacement());
  for (std::uint64_t n = 3000; n < 9000; n += 7) {
    CHECK(second.write_random({}, n).index == first.write_random({}, n).index);
  }
}

TEST_CASE("Tlb: every word of its state matters to the digest and comes back", "[mmu][tlb]") {
  mmu::Tlb tlb{{.entries = 8}};
  Generator g{5};
  for (int i = 0; i < 50; ++i) tlb.write_random(g.image(), 0);
  tlb.set_wired(2, 9);
  const auto words = test::take_state(tlb);
  REQUIRE(words.size() == 3 + 5 * 8);
  mmu::Tlb other{{.entries = 8}};
  test::give_state(other, words);
  for (std::uint32_t i = 0; i < 8; ++i) CHECK(other.read(i) == tlb.read(i));
  CHECK(other.wired() == tlb.wired());
  CHECK(other.random(1000) == tlb.random(1000));
}
