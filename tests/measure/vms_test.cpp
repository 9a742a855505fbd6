// Whose a count is where virtual machines share processors: accounts that change, the timeline, the
// marks of kernels that differ.
#include "measure/vms/counts.hpp"
#include "measure/vms/guest_marks.hpp"
#include "measure/vms/timeline.hpp"
#include "tests/machine/machine_program.hpp"
#include "tests/measure/event_stream.hpp"
#include "tests/support/catch.hpp"

using namespace measure;
using namespace measure::test;

namespace {

constexpr auto kMonitor = static_cast<std::size_t>(Who::kMonitor);

const ClassStats& of(const EpisodeTracker::Account& account, EpisodeClass which) {
  return account.stats().classes[static_cast<std::size_t>(which)];
}

}  // namespace

TEST_CASE("Accounts: an event belongs to the virtual machine that runs, whatever its address",
          "[episodes]") {
  EventStream s{true};
  EpisodeTracker::Account a{1}, b{2};
  const auto enter = [&s](EpisodeTracker::Account& account) {
    s.tracker.switch_to(account, Cycles{s.now()});
  };
  enter(a);
  s.eret(0x400);
  s.work(10);
  // A's user misses, its time is over, and B misses at the same address of the same space.
  s.miss({.pc = 0x410, .va = 0x9000});
  s.work(3);
  enter(b);
  s.work(4);
  s.eret(0x410);
  s.work(20);
  s.miss({.pc = 0x410, .va = 0x9000});
  s.work(5);
  s.eret(0x410);
  s.retire();
  s.interrupt(0x414);
  s.work(2);
  enter(a);
  s.work(6);
  s.eret(0x410);
  s.retire();
  s.finish();
  s.tracker.close(b);
  CHECK(of(b, EpisodeClass::kUserRefill).count == 1);
  CHECK(of(b, EpisodeClass::kUserRefill).cycles.sum() == kEntry + 5 + 1);
  CHECK(of(b, EpisodeClass::kPreempted).count == 0);
  CHECK(of(a, EpisodeClass::kUserRefill).count == 0);
  REQUIRE(of(a, EpisodeClass::kPreempted).count == 1);
  // B's time is none of it.
  CHECK(of(a, EpisodeClass::kPreempted).cycles.sum() == kEntry + 3 + 6 + 1);
  CHECK(a.stats().refills[static_cast<std::size_t>(Mode::kUser)] == 1);
  CHECK(b.stats().refills[static_cast<std::size_t>(Mode::kUser)] == 1);
  CHECK(a.stats().cost.total() + b.stats().cost.total() +
            s.tracker.own_account().stats().cost.total() ==
        s.now());
  CHECK(b.stats().cost.by_who[kMonitor] == 4 + kEntry + 5 + kEntry + 2);
}

TEST_CASE("Accounts: an operation that is told late moves no cycles of another account",
          "[episodes]") {
  // Marks: 0 and 1 are buckets, 2 is an operation.
  EventStream s{true, {{1, 0, 0}, {2, 0, 0}, {0, EpisodeTracker::kFirstTold, 0}}};
  EpisodeTracker::Account a{1}, b{2};
  s.tracker.switch_to(a, Cycles{0});
  s.eret(0x400);
  s.interrupt(0x400);
  s.mark(EpisodeTracker::kMonitorMark);
  s.work(7);
  s.tracker.switch_to(b, Cycles{s.now()});
  s.work(9);
  s.mark(EpisodeTracker::kMonitorMark + 2);
  s.finish();
  const auto cell = [](const EpisodeTracker::Account& account, std::size_t operation) {
    return account.stats().cost.operation(operation);
  };
  CHECK(cell(a, EpisodeTracker::kOtherUntold) == kEntry + 7);
  CHECK(cell(a, EpisodeTracker::kFirstTold) == 0);
  CHECK(cell(b, EpisodeTracker::kFirstTold) == 9);
  CHECK(cell(b, EpisodeTracker::kOtherUntold) == 0);
}

TEST_CASE("Accounts: what a virtual machine leaves open is unfinished", "[episodes]") {
  EventStream s{true};
  EpisodeTracker::Account a{1};
  s.tracker.switch_to(a, Cycles{0});
  s.eret(0x400);
  s.miss({.pc = 0x410, .va = 0x9000});
  s.work(3);
  s.tracker.switch_to(s.tracker.own_account(), Cycles{s.now()});
  s.tracker.close(a);
  CHECK(of(a, EpisodeClass::kUnfinished).count == 1);
  CHECK(a.stats().opened == a.stats().closed);
}

TEST_CASE("GuestMarks: one address is a mark in one kernel and nothing in another", "[episodes]") {
  const auto table = [](std::vector<std::pair<std::string, std::uint64_t>> names) {
    machine::test::ElfMaker elf;
    elf.entry = 0xffffffffc0100000;
    elf.add(0xffffffffc0100000, std::vector<std::uint32_t>(64, 0));
    for (const auto& [name, at] : names) elf.names.push_back({name, at, 4, 2});
    auto symbols = machine::SymbolTable::read("k.elf", elf.make());
    REQUIRE(symbols);
    return std::move(*symbols);
  };
  const auto a = table({{"disco_phase_mark", 0xffffffffc0100010},
                        {"utlb_refill", 0xffffffffc0100020},
                        {"xtlb_refill", 0xffffffffc0100030}});
  const auto b =
      table({{"disco_phase_mark", 0xffffffffc0100020}, {"utlb_refill", 0xffffffffc0100040}});
  const GuestMarks marks{{&a, &b}};
  REQUIRE(marks.places().size() == 4);
  using Role = GuestMarks::Role;
  const auto role = [&marks](std::size_t kernel, std::uint64_t at) {
    for (std::size_t place = 0; place < marks.places().size(); ++place)
      if (marks.places()[place] == VirtAddr{at}) return marks.role(kernel, place);
    FAIL("no such place");
    return Role::kNone;
  };
  CHECK(role(0, 0xffffffffc0100010) == Role::kPhase);
  CHECK(role(1, 0xffffffffc0100010) == Role::kNone);
  CHECK(role(0, 0xffffffffc0100020) == Role::kRefill);
  CHECK(role(1, 0xffffffffc0100020) == Role::kPhase);
  CHECK(role(0, 0xffffffffc0100040) == Role::kNone);
  CHECK(marks.sees_refills(0));
  CHECK_FALSE(marks.sees_refills(1));
}

TEST_CASE("Counts: differences add up field by field", "[episodes]") {
  Counts before, after, sum;
  before.cycles = 10, after.cycles = 25;
  before.cpu.erets = 1, after.cpu.erets = 5;
  before.monitor = {1, 2}, after.monitor = {4, 2, 7};
  sum.add(after, before);
  sum.add(after, before);
  CHECK(sum.cycles == 30);
  CHECK(sum.cpu.erets == 8);
  CHECK(sum.monitor == std::vector<std::uint64_t>{6, 0, 14});
}

TEST_CASE("Timeline: stays in order, neighbours of one machine in one piece", "[episodes]") {
  Timeline t;
  t.ran(0, 1, 0, 10);
  t.ran(1, 2, 0, 4);
  t.ran(0, 1, 10, 12);
  t.ran(0, Timeline::kNobody, 12, 12);
  t.ran(0, 2, 12, 20);
  using Segment = Timeline::Segment;
  CHECK(t.segments() == std::vector<Segment>{{0, 1, 0, 12}, {0, 2, 12, 20}, {1, 2, 0, 4}});
}

TEST_CASE("Timeline: thinned, it loses no time and keeps what is long", "[episodes]") {
  Timeline t;
  std::uint64_t now = 0;
  for (int i = 0; i < 5000; ++i) {
    t.ran(0, i % 3, now, now + 10);
    now += 10;
  }
  t.ran(0, 7, now, now + 100'000);
  const auto few = t.thinned(100);
  CHECK(few.size() <= 100);
  CHECK(few.size() > 5);
  std::uint64_t at = 0;
  for (const Timeline::Segment& one : few) {
    CHECK(one.from == at);
    at = one.to;
  }
  CHECK(at == now + 100'000);
  CHECK(few.back() == Timeline::Segment{0, 7, now, now + 100'000});
  CHECK(few.front().vm == Timeline::kSeveral);
  CHECK(t.thinned(10'000) == t.segments());
}

TEST_CASE("Timeline: what has no room is counted", "[episodes]") {
  Timeline t{2};
  for (std::uint64_t i = 0; i < 5; ++i) t.ran(0, static_cast<std::int32_t>(i), i, i + 1);
  CHECK(t.segments().size() == 2);
  CHECK(t.left_out() == 3);
}
