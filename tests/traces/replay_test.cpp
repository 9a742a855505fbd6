// A recorded run replayed: at its own geometry exactly, from the middle as from the start, by a
// second model too; at others within a stated error.
#include "tests/support/catch.hpp"
#include "tests/traces/recording.hpp"
#include "tests/traces/replay_target.hpp"
#include "traces/analysis/checker.hpp"
#include "traces/analysis/replay_geometry.hpp"

using namespace common;
using namespace traces;

namespace {

ReplayCounts replay_exactly(Reader& reader, const mmu::TlbConfig& tlb, std::uint64_t from = 0) {
  test::MmuTarget target{reader.header().cpus, tlb};
  ExactReplay replay{target, from};
  const auto done = reader.read(from, ~0ull, replay);
  if (!done) FAIL(done.error().message());
  if (replay.divergence()) {
    FAIL("diverged at instruction " << replay.divergence()->instruction << ": "
                                    << replay.divergence()->what);
  }
  return replay.counts();
}

void add(LiveMisses& sum, const LiveMisses& part) {
  for (unsigned m = 0; m < 3; ++m) {
    for (unsigned k = 0; k < 3; ++k) sum.refills[m][k] += part.refills[m][k];
  }
  sum.invalids += part.invalids;
  sum.modifieds += part.modifieds;
}

}  // namespace

TEST_CASE("Replay: at the recorded geometry the misses are the live ones, exactly",
          "[traces][replay]") {
  const std::uint32_t entries = GENERATE(8u, 48u, 64u, 128u);
  const auto random = GENERATE(mmu::RandomKind::kManual, mmu::RandomKind::kLfsr);
  const std::uint32_t cpus = GENERATE(1u, 3u);
  const bool big_pages = GENERATE(false, true);
  CAPTURE(entries, static_cast<int>(random), cpus, big_pages);
  const test::TemporaryDirectory directory;
  test::RecordingOptions options;
  options.machine = {.cpus = cpus,
                     .tlb = {.entries = entries, .random = random, .seed = 9},
                     .seed = entries,
                     .pages = 200,
                     .big_pages = big_pages};
  const test::Recorded recorded = test::record(options, directory.file("t.dtz"));
  CHECK(recorded.live.all_refills() > 300);
  CHECK(recorded.live.invalids > 20);
  CHECK(recorded.live.modifieds > 20);

  auto reader = test::open(directory.file("t.dtz"));
  REQUIRE_FALSE(reader->damage());
  REQUIRE(reader->blocks().size() > 3);
  const CheckReport report = check_trace(*reader);
  for (const Problem& p : report.problems) UNSCOPED_INFO(p.instruction << ": " << p.what);
  CHECK(report.is_clean());

  const ReplayCounts counts = replay_exactly(*reader, options.machine.tlb);
  CHECK(counts.misses == recorded.live);
  CHECK(LiveMisses::parse(reader->footer()->totals) == recorded.live);

  test::NaiveReplay naive{entries};
  REQUIRE(reader->read_all(naive));
  CHECK(naive.misses == recorded.live);
}

TEST_CASE("Replay: from the middle equals the tail of the whole", "[traces][replay]") {
  const auto random = GENERATE(mmu::RandomKind::kManual, mmu::RandomKind::kLfsr);
  const test::TemporaryDirectory directory;
  test::RecordingOptions options;
  options.machine = {.cpus = 2,
                     .tlb = {.entries = 48, .random = random},
                     .seed = 3,
                     .pages = 150,
                     .big_pages = true};
  test::record(options, directory.file("t.dtz"));
  auto reader = test::open(directory.file("t.dtz"));
  const ReplayCounts whole = replay_exactly(*reader, options.machine.tlb);
  // Starts inside a block, at a block's first instruction, near the end.
  const std::uint64_t last = reader->instructions();
  for (std::uint64_t from :
       {std::uint64_t{1}, last / 3, reader->blocks()[2].first_instruction, last - 5}) {
    CAPTURE(from);
    // The tail of a whole replay: it counts from `from`, but has replayed everything.
    test::MmuTarget target{2, options.machine.tlb};
    ExactReplay tail{target, from};
    REQUIRE(reader->read_all(tail));
    const ReplayCounts middle = replay_exactly(*reader, options.machine.tlb, from);
    CHECK(middle.misses == tail.counts().misses);
    CHECK(middle.references == tail.counts().references);
    CHECK(middle.tlb_writes == tail.counts().tlb_writes);
    CHECK(middle.references < whole.references);
  }
}

TEST_CASE("Replay: blocks replayed one by one add up to the whole", "[traces][replay]") {
  const test::TemporaryDirectory directory;
  test::RecordingOptions options;
  options.machine.tlb.random = mmu::RandomKind::kManual;
  test::record(options, directory.file("t.dtz"));
  auto reader = test::open(directory.file("t.dtz"));
  LiveMisses sum;
  for (std::size_t i = 0; i < reader->blocks().size(); ++i) {
    test::MmuTarget target{1, options.machine.tlb};
    ExactReplay replay{target};
    REQUIRE(reader->read_block(i, replay));
    CHECK_FALSE(replay.divergence());
    add(sum, replay.counts().misses);
  }
  CHECK(sum == replay_exactly(*reader, options.machine.tlb).misses);
}

TEST_CASE("Replay: another seed or geometry is noticed as a divergence", "[traces][replay]") {
  const test::TemporaryDirectory directory;
  test::RecordingOptions options;
  test::record(options, directory.file("t.dtz"));
  auto reader = test::open(directory.file("t.dtz"));
  mmu::TlbConfig other = options.machine.tlb;
  other.random = mmu::RandomKind::kManual;
  test::MmuTarget target{1, other};
  ExactReplay replay{target};
  REQUIRE(reader->read_all(replay));
  REQUIRE(replay.divergence());
  CHECK(replay.divergence()->what.find("tlbwr wrote entry") == 0);
}

TEST_CASE("Replay: at other geometries it comes close to live runs of them", "[traces][replay]") {
  const bool big_pages = GENERATE(false, true);
  const std::uint32_t cpus = GENERATE(1u, 2u);
  const test::TemporaryDirectory directory;
  test::RecordingOptions options;
  options.warm_up = 20000;
  options.instructions = 150000;
  options.block_instructions = 20000;
  options.machine = {
      .cpus = cpus, .tlb = {.entries = 64}, .seed = 5, .pages = 120, .big_pages = big_pages};
  test::record(options, directory.file("t.dtz"));
  auto reader = test::open(directory.file("t.dtz"));
  for (std::uint32_t entries : {32u, 48u, 96u, 128u, 256u}) {
    test::RecordingOptions live = options;
    live.machine.tlb.entries = entries;
    const auto lived =
        test::record(live, directory.file("live" + std::to_string(entries) + ".dtz"));
    const mmu::TlbConfig other{.entries = entries, .seed = 77};
    test::MmuTarget target{cpus, other};
    OtherReplay replay{target, 64, 40};
    REQUIRE(reader->read_all(replay));
    const double expected = static_cast<double>(lived.live.all_refills());
    const double found = static_cast<double>(replay.counts().misses.all_refills());
    const double error = 100 * (found - expected) / expected;
    WARN(entries << " entries: live " << expected << " refills, replayed " << found << " (" << error
                 << " %), unresolved " << replay.counts().unresolved);
    CHECK(error < 5);
    CHECK(error > -5);
    CHECK(replay.counts().unresolved == 0);
    CHECK(replay.cycles() == 40 * replay.counts().synthesised);
    CHECK(replay.counts().dropped > 0);
  }
}
