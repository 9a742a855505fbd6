#include "tests/numa/coherence/mutants.hpp"

#include "tests/numa/coherence/explorer.hpp"
#include "tests/numa/coherence/names.hpp"
#include "tests/numa/coherence/tester.hpp"

namespace test {
namespace {

/// All mutants of one table. `pick` finds the table to change.
template <class Protocol, class State, class Event, class Pick>
void add_mutants(const std::string& side, const typename Protocol::Table& original, Pick pick,
                 std::vector<Mutant>& out) {
  using Cell = typename Protocol::Cell;
  const auto add = [&](State in, Event on, const std::string& what, auto change) {
    out.push_back({side + ": " + name_of(in) + " x " + name_of(on) + ": " + what,
                   [=](Tables& tables) { change(pick(tables).at(in, on)); }});
  };
  for (unsigned s = 0; s < Protocol::kStateCount; ++s) {
    for (unsigned e = 0; e < Protocol::kEventCount; ++e) {
      const auto in = static_cast<State>(s);
      const auto on = static_cast<Event>(e);
      const Cell& cell = original.at(in, on);
      if (!cell.possible) continue;
      add(in, on, "removed", [](Cell& c) { c.possible = false; });
      for (std::size_t a = 0; a < kMaxActions && cell.actions[a] != decltype(cell.actions[a]){};
           ++a) {
        add(in, on, std::string{"without "} + name_of(cell.actions[a]), [a](Cell& c) {
          for (std::size_t i = a; i + 1 < kMaxActions; ++i) c.actions[i] = c.actions[i + 1];
          c.actions[kMaxActions - 1] = {};
        });
      }
      for (unsigned to = 0; to < Protocol::kStateCount; ++to) {
        const auto next = static_cast<State>(to);
        if (next == cell.to) continue;
        add(in, on, std::string{"goes to "} + name_of(next), [next](Cell& c) { c.to = next; });
      }
    }
  }
}

Verdict explored(const WorldShape& shape, const Tables& tables) {
  Exploration found = explore(shape, tables, 3'000'000);
  if (found.failure.empty()) return {};
  return {"all states of " + std::to_string(shape.caches) + " caches and " +
              std::to_string(shape.ports) + " ports",
          std::move(found.failure)};
}

Verdict tested(const TesterRun& run, const Tables& tables) {
  FlightCounters counters;
  std::string failure = run_tester(run, tables, counters);
  if (failure.empty()) return {};
  return {"random accesses of " + std::to_string(run.shape.caches) + " caches", std::move(failure)};
}

}  // namespace

std::vector<Mutant> all_mutants() {
  std::vector<Mutant> all;
  add_mutants<CacheProtocol, CacheState, CacheEvent>(
      "cache", kCacheTable, [](Tables & t) -> auto& { return t.cache; }, all);
  add_mutants<HomeProtocol, HomeState, HomeEvent>(
      "home", kHomeTable, [](Tables & t) -> auto& { return t.home; }, all);
  return all;
}

Verdict judge(const Mutant& mutant, Effort effort) {
  Tables tables;
  mutant.apply(tables);
  const TesterRun few{{4, 3, {256, 2, 32}, {256, 2, 128}}, 1, 20'000, 128, 16, 4};
  const TesterRun hot{{16, 3, {256, 2, 32}, {256, 2, 128}}, 1, 20'000, 160, 16, 32};
  Verdict verdict = explored({2, 1, 1}, tables);
  if (verdict.judge.empty()) verdict = tested(few, tables);
  if (verdict.judge.empty()) verdict = tested(hot, tables);
  if (verdict.judge.empty()) verdict = explored({3, 1, 0}, tables);
  if (verdict.judge.empty() && effort == Effort::kFull) verdict = explored({3, 1, 1}, tables);
  return verdict;
}

}  // namespace test
