// The judges judged: each must refuse a protocol that is wrong in a way that it exists to find.
#include <algorithm>

#include "tests/numa/coherence/explorer.hpp"
#include "tests/numa/coherence/litmus.hpp"
#include "tests/numa/coherence/tester.hpp"
#include "tests/support/catch.hpp"

using namespace test;

namespace {

/// An Upgrade is granted at once and nobody is told.
Tables without_invalidations() {
  Tables tables;
  auto& cell = tables.home.at(HomeState::kShared, HomeEvent::kUpgradeShared);
  cell.to = HomeState::kExclusive;
  cell.actions = {HomeAction::kSendUpgradeAck, HomeAction::kOwn};
  return tables;
}

/// A write-back is taken without a word, and its data is dropped.
Tables losing_writebacks() {
  Tables tables;
  auto& cell = tables.home.at(HomeState::kExclusive, HomeEvent::kPutDirty);
  cell.actions = {};
  return tables;
}

/// The old owner's Transfer may come after the new owner has put the line back; this table does not
/// know it.
Tables without_early_puts() {
  Tables tables;
  auto& cell = tables.home.at(HomeState::kYielding, HomeEvent::kPutEarly);
  cell.to = HomeState::kYielding;
  cell.actions = {HomeAction::kSendPutAck};
  return tables;
}

const Litmus& litmus_named(const std::vector<Litmus>& all, const std::string& name) {
  return *std::find_if(all.begin(), all.end(),
                       [&](const Litmus& litmus) { return litmus.name == name; });
}

}  // namespace

TEST_CASE("Explorer: a writer beside a reader is found, with the way to it", "[numa]") {
  const Exploration found = explore({2, 1, 0}, without_invalidations(), 100'000);
  CHECK(found.failure == "a valid copy is old");
  REQUIRE(!found.path.empty());
  CHECK(found.path.back().find("UpgradeAck arrives at cache") == 0);
}

TEST_CASE("Explorer: a state that never comes to rest is found", "[numa]") {
  const Exploration found = explore({2, 1, 0}, losing_writebacks(), 100'000);
  CHECK(!found.failure.empty());
}

TEST_CASE("Explorer: a race of three messages is found", "[numa]") {
  const Exploration found = explore({2, 1, 0}, without_early_puts(), 100'000);
  CHECK(found.failure == "the directory's owner has nothing");
  CHECK(found.path.size() == 11);
}

TEST_CASE("Explorer: a state of two lines is a state of each of them", "[numa]") {
  const Halves halves = compare_halves(2, Tables{}, 60'000);
  CHECK(halves.of_two.states >= 60'000);
  CHECK(halves.of_two.failure.empty());
  CHECK(halves.strange == 0);
  // All of them, where there are few enough.
  CHECK(compare_halves(1, Tables{}, 1000).of_two.states == bound_for_two_lines(1, Tables{}));
}

TEST_CASE("Tester: random accesses find a writer beside a reader", "[numa]") {
  FlightCounters counters;
  const TesterRun run{{8, 3, {256, 2, 32}, {256, 2, 128}}, 1, 20'000, 160, 16, 32};
  CHECK(run_tester(run, Tables{}, counters).empty());
  CHECK(counters.accesses == 20'000);
  CHECK(!run_tester(run, without_invalidations(), counters).empty());
  CHECK(!run_tester(run, losing_writebacks(), counters).empty());
}

TEST_CASE("Litmus: a protocol without invalidations shows what sequential consistency forbids",
          "[numa]") {
  const std::vector<Litmus> all = all_litmus_tests();
  for (const char* name : {"SB", "MP", "IRIW"}) {
    const Litmus& litmus = litmus_named(all, name);
    const auto allowed = allowed_outcomes(litmus);
    const LitmusResult right =
        run_litmus(litmus, Placement::kOwnLines, Tables{}, OnFailure::kStop, 2'000, 5);
    const LitmusResult wrong = run_litmus(litmus, Placement::kOwnLines, without_invalidations(),
                                          OnFailure::kGoOn, 2'000, 5);
    const auto is_allowed = [&](const auto& seen) { return allowed.count(seen.first) != 0; };
    INFO(name);
    CHECK(right.failure.empty());
    CHECK(std::all_of(right.seen.begin(), right.seen.end(), is_allowed));
    CHECK(!std::all_of(wrong.seen.begin(), wrong.seen.end(), is_allowed));
  }
}
