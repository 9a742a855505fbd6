// The rules of a replay at another geometry, one by one, on records made by hand.
#include "tests/support/catch.hpp"
#include "tests/traces/replay_target.hpp"
#include "traces/analysis/replay_geometry.hpp"

using namespace common;
using namespace traces;

namespace {

constexpr std::uint64_t kV = 2, kD = 4;

/// A replay with 32 entries of a run with 16, driven record by record.
class Rules {
 public:
  Rules() {
    StateRecord state{.place = user_, .at = {.cycle = 0, .retired = 1}};
    state.tlb.lfsr = 1;
    replay_.state(state);
  }

  void load(std::uint64_t va) { refer(user_, ReferenceKind::kLoad, va); }
  void store(std::uint64_t va) { refer(user_, ReferenceKind::kStore, va); }
  void handler_load(std::uint64_t va) { refer(handler_, ReferenceKind::kLoad, va); }
  void handler_writes(std::uint32_t index, std::uint64_t va, std::uint64_t pa,
                      std::uint64_t bits = kV | kD) {
    replay_.tlb_write(
        {.place = handler_, .is_random = true, .index = index, .entry = entry(va, pa, bits)});
  }
  void kernel_writes(std::uint32_t index, std::uint64_t va, std::uint64_t pa,
                     std::uint64_t bits = kV | kD) {
    replay_.tlb_write({.place = kernel_, .index = index, .entry = entry(va, pa, bits)});
  }
  void kernel_parks(std::uint32_t index) {
    replay_.tlb_write({.place = kernel_,
                       .index = index,
                       .entry = {.hi = 0xc0000fff80000000 + (std::uint64_t{index} << 13)}});
  }
  void kernel_probes(std::uint64_t va, std::optional<std::uint32_t> found) {
    replay_.tlb_operation(
        {.place = kernel_, .operation = TlbOperation::kProbe, .value = va | 5, .index = found});
  }
  void set_wired(std::uint32_t wired) {
    replay_.tlb_operation({.place = kernel_, .operation = TlbOperation::kWired, .value = wired});
  }
  std::uint64_t refills() const { return replay_.counts().misses.all_refills(); }
  const ReplayCounts& counts() const { return replay_.counts(); }
  std::optional<std::uint32_t> index_of_page(std::uint64_t va) const {
    return target_.probe(CpuId{}, va | 5);
  }
  TlbWords held(std::uint64_t va) const { return target_.read(CpuId{}, *index_of_page(va)); }

 private:
  static TlbWords entry(std::uint64_t va, std::uint64_t pa, std::uint64_t bits) {
    return {.hi = va | 5, .lo0 = pa >> 6 | bits, .lo1 = (pa + 4096) >> 6 | bits, .mask = 0};
  }
  void refer(const Place& place, ReferenceKind kind, std::uint64_t va) {
    replay_.reference(
        {.place = place, .kind = kind, .size = 8, .mapped = true, .va = VirtAddr{va}});
  }

  Place user_{.mode = Mode::kUser, .asid = Asid{5}};
  Place kernel_{.mode = Mode::kKernel, .asid = Asid{5}};
  Place handler_{.mode = Mode::kKernel, .asid = Asid{5}, .in_refill = true};
  test::MmuTarget target_{1, {.entries = 32}};
  OtherReplay replay_{target_, 16, 10};
};

}  // namespace

TEST_CASE("Other geometry: an unknown translation is taken from the handler's write",
          "[traces][replay]") {
  Rules r;
  r.load(0x4000);
  CHECK(r.refills() == 1);
  CHECK(r.counts().synthesised == 0);
  r.handler_writes(3, 0x4000, 0x10000);
  CHECK(r.counts().synthesised == 1);
  r.load(0x5000);
  CHECK(r.refills() == 1);
}

TEST_CASE("Other geometry: references inside handlers are dropped", "[traces][replay]") {
  Rules r;
  r.handler_load(0x8000);
  CHECK(r.refills() == 0);
  CHECK(r.counts().references == 0);
  CHECK(r.counts().dropped == 1);
}

TEST_CASE("Other geometry: a known translation is refilled at once and costs what was stated",
          "[traces][replay]") {
  Rules r;
  // The recorded TLB missed where this one may hit: nothing is installed twice.
  for (std::uint64_t page = 0; page < 200; ++page) {
    r.load(page << 13);
    r.handler_writes(static_cast<std::uint32_t>(page % 16), page << 13, page << 13);
  }
  CHECK(r.refills() == 200);
  for (std::uint64_t page = 0; page < 200; ++page) r.load(page << 13);
  CHECK(r.refills() > 330);
  CHECK(r.refills() <= 400);
  CHECK(r.counts().synthesised == r.refills());
  CHECK(r.counts().unresolved == 0);
}

TEST_CASE("Other geometry: a refilled page that is clean or invalid faults once more",
          "[traces][replay]") {
  Rules r;
  r.load(0x4000);
  r.handler_writes(3, 0x4000, 0x10000, kV);
  r.kernel_parks(4);
  r.store(0x4000);
  CHECK(r.counts().misses.modifieds == 1);
  r.load(0x8000);
  r.handler_writes(3, 0x8000, 0, 0);
  r.load(0x8000);
  CHECK(r.counts().misses.invalids == 1);
  CHECK(r.refills() == 2);
}

TEST_CASE("Other geometry: a parked entry over another invalidates it", "[traces][replay]") {
  Rules r;
  r.load(0x4000);
  r.handler_writes(3, 0x4000, 0x10000);
  r.kernel_parks(4);
  CHECK(r.index_of_page(0x4000));
  r.kernel_parks(3);
  CHECK_FALSE(r.index_of_page(0x4000));
  r.load(0x4000);
  CHECK(r.refills() == 2);
  CHECK(r.counts().synthesised == 1);  // the old translation is not used again
}

TEST_CASE("Other geometry: what tlbwr replaced is not invalidated by what comes over its successor",
          "[traces][replay]") {
  Rules r;
  r.load(0x4000);
  r.handler_writes(3, 0x4000, 0x10000);
  r.load(0x8000);
  r.handler_writes(3, 0x8000, 0x20000);
  r.kernel_parks(3);
  CHECK(r.index_of_page(0x4000));
  CHECK_FALSE(r.index_of_page(0x8000));
}

TEST_CASE("Other geometry: a probe that found nothing drops what a larger TLB holds",
          "[traces][replay]") {
  Rules r;
  r.load(0x4000);
  r.handler_writes(3, 0x4000, 0x10000);
  r.kernel_probes(0x4000, 3);
  CHECK(r.index_of_page(0x4000));
  r.kernel_probes(0x4000, std::nullopt);
  CHECK_FALSE(r.index_of_page(0x4000));
}

TEST_CASE("Other geometry: parking every entry from Wired up drops everything but wired ones",
          "[traces][replay]") {
  Rules r;
  r.set_wired(2);
  r.kernel_writes(1, 0x20000, 0x30000);
  r.load(0x4000);
  r.handler_writes(3, 0x4000, 0x10000);
  r.load(0x8000);
  r.handler_writes(3, 0x8000, 0x10000);
  for (std::uint32_t i = 2; i < 16; ++i) r.kernel_parks(i);
  CHECK_FALSE(r.index_of_page(0x4000));
  CHECK_FALSE(r.index_of_page(0x8000));
  CHECK(r.index_of_page(0x20000) == 1u);
}

TEST_CASE("Other geometry: a changed translation is changed where it is resident",
          "[traces][replay]") {
  Rules r;
  r.load(0x4000);
  r.handler_writes(3, 0x4000, 0x10000, kV);
  const auto at = r.index_of_page(0x4000);
  r.kernel_writes(3, 0x4000, 0x10000, kV | kD);
  CHECK(r.index_of_page(0x4000) == at);
  CHECK((r.held(0x4000).lo0 & kD) != 0);
  r.handler_writes(9, 0x4000, 0x50000, kV | kD);
  CHECK(r.index_of_page(0x4000) == at);
  CHECK(r.held(0x4000).lo0 == (0x50000 >> 6 | kV | kD));
  CHECK(r.refills() == 1);
}
