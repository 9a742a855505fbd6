// The join of traces with mmu::Tlb and the monitor's L2TLB.
#include "measure/traces/replay.hpp"
#include "tests/support/catch.hpp"
#include "tests/traces/recording.hpp"

using namespace common;

namespace {

constexpr std::uint64_t kV = 2;

traces::TlbWords pair_at(std::uint64_t va, unsigned asid, std::uint64_t bits = kV) {
  return {.hi = va | asid, .lo0 = va >> 6 | bits, .lo1 = va >> 6 | bits, .mask = 0};
}

std::uint64_t hits(measure::L2Model& l2, std::uint64_t va, unsigned asid) {
  const std::uint64_t before = l2.counts().hits;
  l2.missed(VirtAddr{va}, Asid{static_cast<std::uint8_t>(asid)}, true);
  return l2.counts().hits - before;
}

}  // namespace

TEST_CASE("L2Model: holds what was written above Wired and has a valid page", "[traces][join]") {
  measure::L2Model l2{64, 8};
  l2.wrote(5, 2, pair_at(0x4000, 1), std::nullopt, true);
  l2.wrote(1, 2, pair_at(0x8000, 1), std::nullopt, false);
  l2.wrote(6, 2, pair_at(0xc000, 1, 0), std::nullopt, true);
  CHECK(hits(l2, 0x4000, 1) == 1);
  CHECK(hits(l2, 0x5000, 1) == 1);
  CHECK(hits(l2, 0x4000, 2) == 0);
  CHECK(hits(l2, 0x8000, 1) == 0);
  CHECK(hits(l2, 0xc000, 1) == 0);
  CHECK(l2.counts().inserts == 1);
  CHECK(l2.counts().misses == 3);
}

TEST_CASE("L2Model: keeps what tlbwr replaced, drops what tlbwi overwrote", "[traces][join]") {
  measure::L2Model l2{64, 8};
  const auto first = pair_at(0x4000, 1), second = pair_at(0x8000, 1);
  l2.wrote(5, 0, first, std::nullopt, true);
  l2.wrote(5, 0, second, first, true);
  CHECK(hits(l2, 0x4000, 1) == 1);
  l2.wrote(5, 0, pair_at(0xc000, 1), second, false);
  CHECK(hits(l2, 0x8000, 1) == 0);
  CHECK(hits(l2, 0x4000, 1) == 1);
  // The same page again replaces its translation.
  l2.wrote(3, 0, pair_at(0x4000, 1, 0), std::nullopt, true);
  CHECK(hits(l2, 0x4000, 1) == 0);
}

TEST_CASE("L2Model: covering all indices from Wired up empties it", "[traces][join]") {
  measure::L2Model l2{64, 8};
  l2.wrote(7, 2, pair_at(0x4000, 1), std::nullopt, true);
  const auto parked = [](std::uint32_t i) {
    return pair_at(0xc0000fff80000000 + (std::uint64_t{i} << 13), 0, 0);
  };
  for (std::uint32_t i = 2; i < 7; ++i) l2.wrote(i, 2, parked(i), std::nullopt, false);
  CHECK(hits(l2, 0x4000, 1) == 1);
  l2.read(7, 2);
  CHECK(hits(l2, 0x4000, 1) == 0);
  CHECK(l2.counts().flushes == 1);
}

TEST_CASE("Replay join: an L2TLB large enough finds what was not first touched or invalidated",
          "[traces][join]") {
  const test::TemporaryDirectory directory;
  test::RecordingOptions options;
  options.instructions = 60'000;
  const auto recorded = test::record(options, directory.file("t.dtz"));
  auto reader = test::open(directory.file("t.dtz"));
  std::uint64_t last = 0;
  for (std::uint32_t entries : {0u, 32u, 256u, 4096u}) {
    measure::ReplayOptions replay;
    replay.l2_entries = entries;
    const auto report = measure::replay_trace(*reader, replay);
    REQUIRE(report);
    CHECK_FALSE(report->diverged());
    CHECK(report->counts.misses == recorded.live);
    CHECK(report->l2.hits >= last);
    if (entries != 0) CHECK(report->l2.hits + report->l2.misses == recorded.live.all_refills());
    last = report->l2.hits;
  }
  CHECK(last > recorded.live.all_refills() / 2);
  CHECK(last < recorded.live.all_refills());
}

TEST_CASE("Replay join: impossible options and damaged traces are errors", "[traces][join]") {
  const test::TemporaryDirectory directory;
  test::record({}, directory.file("t.dtz"));
  auto reader = test::open(directory.file("t.dtz"));
  measure::ReplayOptions options;
  options.entries = 4;
  CHECK(measure::replay_trace(*reader, options).error().code == ErrorCode::kConfig);
  options.entries = 513;
  CHECK_FALSE(measure::replay_trace(*reader, options));
  options = {};
  options.l2_entries = 48;
  CHECK_FALSE(measure::replay_trace(*reader, options));

  auto bytes = test::read_file(directory.file("t.dtz"));
  const auto& block = reader->blocks()[2];
  bytes[block.offset + block.packed / 2] ^= 1;
  auto damaged = traces::Reader::open_bytes("t", bytes);
  REQUIRE(damaged);
  const auto report = measure::replay_trace(**damaged, {});
  REQUIRE_FALSE(report);
  CHECK(report.error().code == ErrorCode::kInput);
}

TEST_CASE("Replay join: the geometry decides whether a replay is exact", "[traces][join]") {
  const test::TemporaryDirectory directory;
  test::record({}, directory.file("t.dtz"));
  auto reader = test::open(directory.file("t.dtz"));
  const auto is_exact = [&](measure::ReplayOptions options) {
    return measure::replay_trace(*reader, options)->exact;
  };
  CHECK(is_exact({}));
  CHECK(is_exact({.entries = 64, .random = mmu::RandomKind::kLfsr}));
  CHECK_FALSE(is_exact({.entries = 32, .random = std::nullopt}));
  CHECK_FALSE(is_exact({.entries = std::nullopt, .random = mmu::RandomKind::kManual}));
}
