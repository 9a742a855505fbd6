// The monitor's L2TLB and the one that trace replay puts behind a TLB, under the same writes: they
// must hold the same, and count the same, or a replay says nothing about the monitor.
#include <random>

#include "measure/traces/replay.hpp"
#include "tests/disco/vm_fixture.hpp"

namespace measure {
namespace {

using disco::GuestEntry;

traces::TlbWords words_of(const GuestEntry& e) {
  return {.hi = e.hi, .lo0 = e.lo0, .lo1 = e.lo1, .mask = e.page_mask};
}

/// A guest's TLB in the monitor, and what replay is told of it.
class Pair {
 public:
  Pair(unsigned entries, unsigned l2_entries)
      : vm_{{.l2_entries = l2_entries, .tlb_entries = entries}}, model_{l2_entries, entries} {}

  void set_wired(unsigned wired) { tlb().set_wired(wired); }
  void tlbwi(unsigned index, const GuestEntry& e) {
    const auto old = live(index);
    tlb().write_indexed(index, e, VirtAddr{e.hi});
    model_.wrote(index, tlb().wired(), words_of(e), old, false);
  }
  void tlbwr(const GuestEntry& e) {
    const unsigned index = tlb().random();
    const auto old = live(index);
    tlb().write_random(e, VirtAddr{e.hi});
    model_.wrote(index, tlb().wired(), words_of(e), old, true);
  }
  void tlbr(unsigned index) {
    tlb().read(index);
    model_.read(index, tlb().wired());
  }

  void check_counts() const {
    const disco::Counters& counters = vm_.counters;
    CHECK(model_.counts().inserts == counters.l2tlb_inserts);
    CHECK(model_.counts().evictions == counters.l2tlb_evictions);
    CHECK(model_.counts().flushes == counters.l2tlb_flushes);
  }
  /// Whether both have, or lack, the page.
  bool agrees_on(VirtAddr va, Asid asid) {
    const std::uint64_t before = model_.counts().hits;
    model_.missed(va, asid, true);
    const bool has = model_.counts().hits != before;
    return has == (vm_.vcpu.tlb.l2tlb().find(va, asid) != nullptr);
  }
  const L2Counts& counts() const { return model_.counts(); }

 private:
  disco::GuestTlb& tlb() { return vm_.vcpu.tlb; }
  std::optional<traces::TlbWords> live(unsigned index) {
    const auto& slot = vm_.vcpu.tlb.virtual_tlb().at(index);
    if (slot.live == 0) return std::nullopt;
    return words_of(slot.guest());
  }

  disco::test::VmFixture vm_;
  L2Model model_;
};

GuestEntry random_entry(std::mt19937_64& random) {
  const std::uint64_t pair = random() % 48, asid = random() % 3;
  const std::uint64_t bits = random() % 8 == 0 ? 0 : 6 | (random() % 16 == 0 ? 1 : 0);
  return {.hi = 0x400000 + (pair << 13) | asid,
          .lo0 = (random() % 400) << 6 | bits,
          .lo1 = (random() % 400) << 6 | bits,
          .page_mask = 0};
}

}  // namespace

TEST_CASE("L2 policy: the monitor and replay hold and count the same", "[measure]") {
  const unsigned seed = GENERATE(1u, 2u, 3u);
  INFO("seed " << seed);
  std::mt19937_64 random{seed};
  constexpr unsigned kEntries = 16;
  Pair pair{kEntries, 32};
  for (unsigned step = 0; step < 4000; ++step) {
    const auto index = static_cast<unsigned>(random() % kEntries);
    switch (random() % 16) {
      case 0: pair.set_wired(static_cast<unsigned>(random() % 6)); break;
      case 1:
      case 2:
      case 3: pair.tlbwi(index, random_entry(random)); break;
      case 4: pair.tlbr(index); break;
      default: pair.tlbwr(random_entry(random)); break;
    }
    const auto va = VirtAddr{0x400000 + (random() % 48 << 13)};
    REQUIRE(pair.agrees_on(va, Asid{static_cast<std::uint8_t>(random() % 3)}));
  }
  pair.check_counts();
  CHECK(pair.counts().flushes > 3);
  CHECK(pair.counts().evictions > 100);
  CHECK(pair.counts().hits > 300);
}

}  // namespace measure
