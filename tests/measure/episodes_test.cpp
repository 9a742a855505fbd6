// The tracker against made-up streams of events whose answers are worked out by hand.
#include "measure/episodes/episodes.hpp"

#include "measure/monitor_view.hpp"

#include "tests/measure/event_stream.hpp"
#include "tests/support/catch.hpp"

using namespace measure;
using namespace measure::test;

namespace {

constexpr auto kUser = static_cast<std::size_t>(Who::kUser),
               kKernel = static_cast<std::size_t>(Who::kKernel),
               kMonitor = static_cast<std::size_t>(Who::kMonitor),
               kIdle = static_cast<std::size_t>(Who::kIdle);

std::uint64_t all_cycles(const EventStream& s) { return s.tracker.stats().cost.total(); }

}  // namespace

TEST_CASE("Episodes: a native miss is entry, handler and the instruction", "[cli][episodes]") {
  EventStream s{false};
  s.work(100);
  s.eret(0x400);
  s.work(50);
  s.simple_miss(0x410, 12);
  s.work(30);
  s.finish();
  const ClassStats& c = s.of(EpisodeClass::kUserRefill);
  CHECK(c.count == 1);
  CHECK(c.cost.total() == kEntry + 12 + 1);
  CHECK(c.cost.by_who[kKernel] == kEntry + 12);
  CHECK(c.cost.by_who[kUser] == 1);
  CHECK(c.traps == 1);
  CHECK(c.cycles.sum() == 18);
  CHECK(all_cycles(s) == s.now());
  CHECK(s.tracker.stats().cycles[static_cast<std::size_t>(Mode::kUser)] == 81);
}

TEST_CASE("Episodes: kinds are told apart", "[cli][episodes]") {
  EventStream s{false};
  s.eret(0x400);
  for (const EventStream::Miss& m : {EventStream::Miss{.pc = 0x410, .va = 0x410, .fetch = true},
                                     EventStream::Miss{.pc = 0x410, .va = 0x9000},
                                     EventStream::Miss{.pc = 0x410, .va = 0x9000, .code = 3}}) {
    s.miss(m);
    s.eret(0x410);
    s.retire();
  }
  const ClassStats& c = s.of(EpisodeClass::kUserRefill);
  CHECK(c.by_kind[static_cast<std::size_t>(MissKind::kFetch)] == 1);
  CHECK(c.by_kind[static_cast<std::size_t>(MissKind::kLoad)] == 1);
  CHECK(c.by_kind[static_cast<std::size_t>(MissKind::kStore)] == 1);
}

TEST_CASE("Episodes: the same instruction's second miss belongs to its first", "[cli][episodes]") {
  EventStream s{false};
  s.eret(0x400);
  s.miss({.pc = 0x410, .va = 0x410, .fetch = true});
  s.work(10);
  s.eret(0x410);
  s.miss({.pc = 0x410, .va = 0x9000});
  s.work(10);
  s.eret(0x410);
  CHECK(s.retire());
  s.finish();
  CHECK(s.of(EpisodeClass::kUserRefill).count == 1);
  CHECK(s.of(EpisodeClass::kUserRefill).cost.total() == 2 * (kEntry + 10) + 1);
  CHECK(s.tracker.stats().again == 1);
}

TEST_CASE("Episodes: a refill whose page is not valid ends in the class of page faults",
          "[cli][episodes]") {
  EventStream s{false};
  s.eret(0x400);
  s.miss({.pc = 0x410, .va = 0x9000});
  s.work(10);
  s.eret(0x410);
  s.miss({.pc = 0x410, .va = 0x9000, .refill = false});
  s.work(500);
  s.eret(0x410);
  s.retire();
  CHECK(s.of(EpisodeClass::kPageFault).count == 1);
  CHECK(s.of(EpisodeClass::kPageFault).cost.total() == 2 * kEntry + 511);
  CHECK(s.of(EpisodeClass::kUserRefill).count == 0);
}

TEST_CASE("Episodes: the kernel's general entry makes it a page fault without a second exception",
          "[cli][episodes]") {
  EventStream s{false};
  s.eret(0x400);
  s.miss({.pc = 0x410, .va = 0x9000});
  s.mark(EpisodeTracker::kGuestRefill);
  s.mark(EpisodeTracker::kGuestGeneral);
  s.work(300);
  s.eret(0x410);
  s.retire();
  CHECK(s.of(EpisodeClass::kPageFault).count == 1);
  CHECK(s.of(EpisodeClass::kPageFault).reflected == 1);
}

TEST_CASE("Episodes: invalid and modified pages are classes of their own", "[cli][episodes]") {
  EventStream s{false};
  s.eret(0x400);
  s.miss({.pc = 0x410, .va = 0x9000, .refill = false});
  s.eret(0x410);
  s.retire();
  s.miss({.pc = 0x420, .va = 0x9000, .code = 1, .refill = false});
  s.eret(0x420);
  s.retire();
  CHECK(s.of(EpisodeClass::kInvalid).count == 1);
  CHECK(s.of(EpisodeClass::kModified).count == 1);
}

TEST_CASE("Episodes: a kernel's miss inside is nested, not an episode", "[cli][episodes]") {
  EventStream s{false};
  s.eret(0x400);
  s.miss({.pc = 0x410, .va = 0x9000});
  s.work(3);
  s.miss({.pc = 0x80001000, .va = 0xffffffffc0009000, .from = Mode::kKernel});
  s.work(20);
  s.eret(0x80001000, Mode::kKernel);
  s.work(7);
  s.eret(0x410);
  s.retire();
  const ClassStats& c = s.of(EpisodeClass::kUserRefill);
  CHECK(c.count == 1);
  CHECK(c.nested == 1);
  CHECK(c.traps == 2);
  CHECK(c.cost.total() == 2 * kEntry + 31);
  CHECK(s.of(EpisodeClass::kKernelMapped).count == 0);
  CHECK(s.tracker.stats().opened == 1);
}

TEST_CASE("Episodes: a kernel's own miss is one, also within a system call", "[cli][episodes]") {
  EventStream s{false};
  s.eret(0x400);
  s.syscall(0x410);
  s.work(10);
  s.miss({.pc = 0x80001000, .va = 0x9000, .from = Mode::kKernel});
  s.work(20);
  s.eret(0x80001000, Mode::kKernel);
  s.retire();
  s.work(5);
  s.eret(0x414);
  CHECK(s.of(EpisodeClass::kKernelMapped).count == 1);
  CHECK(s.of(EpisodeClass::kKernelMapped).cost.total() == kEntry + 21);
  CHECK(s.of(EpisodeClass::kSystemCall).count == 1);
  CHECK(s.of(EpisodeClass::kSystemCall).cost.total() == 2 * kEntry + 36);
}

TEST_CASE("Episodes: an interrupt between return and retirement is subtracted and sets the class",
          "[cli][episodes]") {
  EventStream s{false};
  s.eret(0x400);
  s.miss({.pc = 0x410, .va = 0x9000});
  s.work(10);
  s.eret(0x410);
  s.interrupt(0x410);
  CHECK_FALSE(s.control.watching);
  s.work(1000);
  s.eret(0x410);
  CHECK(s.retire());
  CHECK(s.of(EpisodeClass::kInterrupted).count == 1);
  CHECK(s.of(EpisodeClass::kInterrupted).cost.total() == kEntry + 11);
  CHECK(s.of(EpisodeClass::kUserRefill).count == 0);
}

TEST_CASE("Episodes: another process in between makes it pre-empted, its misses are its own",
          "[cli][episodes]") {
  EventStream s{false};
  s.eret(0x400);
  s.miss({.pc = 0x410, .va = 0x9000});
  s.work(10);
  s.eret(0x410);
  s.interrupt(0x410);
  s.work(100);
  s.eret(0x700, Mode::kUser, 2);
  s.work(50);
  s.simple_miss(0x710, 10, 2);
  s.interrupt(0x720, Mode::kUser, 2);
  s.work(100);
  s.eret(0x410);
  CHECK(s.retire());
  CHECK(s.of(EpisodeClass::kPreempted).count == 1);
  CHECK(s.of(EpisodeClass::kPreempted).cost.total() == kEntry + 11);
  CHECK(s.of(EpisodeClass::kUserRefill).count == 1);
}

TEST_CASE("Episodes: a system call that lets another process run stands still meanwhile",
          "[cli][episodes]") {
  EventStream s{false};
  s.eret(0x400);
  s.syscall(0x410);
  s.work(40);
  s.eret(0x700, Mode::kUser, 2);
  s.work(500);
  s.syscall(0x710, 2);
  s.work(60);
  s.eret(0x414, Mode::kUser, 1);
  CHECK(s.of(EpisodeClass::kSystemCallSwitched).count == 1);
  CHECK(s.of(EpisodeClass::kSystemCallSwitched).cost.total() == kEntry + 40);
  s.finish();
  CHECK(s.of(EpisodeClass::kSystemCallUnfinished).count == 1);
  CHECK(all_cycles(s) == s.now());
}

TEST_CASE("Episodes: what never comes back is unfinished", "[cli][episodes]") {
  EventStream s{false};
  s.eret(0x400);
  s.miss({.pc = 0x410, .va = 0x9000});
  s.work(10);
  s.eret(0x700, Mode::kUser, 2);  // the kernel killed the process
  s.work(5);
  s.finish();
  CHECK(s.of(EpisodeClass::kUnfinished).count == 1);
  CHECK(s.tracker.stats().opened == s.tracker.stats().closed);
}

TEST_CASE("Episodes: a miss on an instruction that then traps ends where the trap begins",
          "[cli][episodes]") {
  SECTION("a user's system call") {
    EventStream s{false};
    s.eret(0x400);
    s.miss({.pc = 0x1000, .va = 0x1000, .fetch = true});
    s.work(10);
    s.eret(0x1000);
    s.syscall(0x1000);
    s.work(50);
    s.eret(0x1004);
    s.finish();
    CHECK(s.of(EpisodeClass::kUserRefill).count == 1);
    CHECK(s.of(EpisodeClass::kUserRefill).cost.total() == kEntry + 10);
    CHECK(s.of(EpisodeClass::kSystemCall).count == 1);
    CHECK(s.of(EpisodeClass::kSystemCall).cost.total() == kEntry + 50);
    CHECK(s.of(EpisodeClass::kUnfinished).count == 0);
  }
  SECTION("a privileged instruction of a guest's kernel") {
    constexpr std::uint64_t kKernel = 0xffffffffc0000180;
    EventStream s{true};
    s.eret(0x400);
    s.syscall(0x500);
    s.eret(kKernel, Mode::kSupervisor);
    s.miss({.pc = kKernel, .va = kKernel, .from = Mode::kSupervisor, .fetch = true});
    s.work(40);
    s.eret(kKernel, Mode::kSupervisor);
    s.exception(kKernel, Mode::kSupervisor, 1, 11);
    s.work(200);
    s.eret(kKernel + 4, Mode::kSupervisor);
    s.work(300);
    s.exception(kKernel + 0x40, Mode::kSupervisor, 1, 11);
    s.eret(0x504);
    s.finish();
    CHECK(s.of(EpisodeClass::kDirectWindow).count == 1);
    CHECK(s.of(EpisodeClass::kDirectWindow).cost.total() == kEntry + 40);
    CHECK(s.of(EpisodeClass::kUnfinished).count == 0);
    CHECK(s.of(EpisodeClass::kSystemCall).cost.total() == 4 * kEntry + 540);
  }
}

TEST_CASE("Episodes: in a delay slot the branch is where it goes on", "[cli][episodes]") {
  EventStream s{false};
  s.eret(0x400);
  s.miss({.pc = 0x414, .va = 0x9000, .slot = true});
  s.work(10);
  s.eret(0x410);
  CHECK(s.retire(2));
  CHECK(s.of(EpisodeClass::kUserRefill).count == 1);
  CHECK(s.of(EpisodeClass::kUserRefill).cost.total() == kEntry + 12);
}

TEST_CASE("Episodes: a reflected miss under the monitor is one episode over many traps",
          "[cli][episodes]") {
  // Marks: 0 = bucket 1, 1 = bucket 2, 2 = an operation.
  EventStream s{true, {{1, 0}, {2, 0}, {0, EpisodeTracker::kFirstTold}}};
  s.eret(0x400);
  s.miss({.pc = 0x410, .va = 0x9000});
  s.mark(EpisodeTracker::kMonitorMark + 0);
  s.work(20);
  s.mark(EpisodeTracker::kMonitorMark + 2);
  s.mark(EpisodeTracker::kMonitorMark + 1);
  s.work(30);
  s.eret(0xffffffffc0000080, Mode::kSupervisor);
  s.mark(EpisodeTracker::kGuestRefill);
  s.work(4);
  s.exception(0xffffffffc0000084, Mode::kSupervisor, 1, 11);
  s.mark(EpisodeTracker::kMonitorMark + 0);
  s.work(100);
  s.eret(0xffffffffc0000088, Mode::kSupervisor);
  s.work(2);
  s.exception(0xffffffffc000008c, Mode::kSupervisor, 1, 11);
  s.work(50);
  s.eret(0x410);
  CHECK(s.retire());
  s.finish();
  const ClassStats& c = s.of(EpisodeClass::kUserRefill);
  CHECK(c.count == 1);
  CHECK(c.reflected == 1);
  CHECK(c.traps == 3);
  CHECK(c.cost.by_who[kUser] == 1);
  CHECK(c.cost.by_who[kKernel] == 6);
  CHECK(c.cost.by_who[kMonitor] == 3 * kEntry + 200);
  CHECK(c.cost.bucket(0) == 3 * kEntry + 50);
  CHECK(c.cost.bucket(1) == 120);
  CHECK(c.cost.bucket(2) == 30);
  // The first entry was for the told operation from its first cycle on, the others for a privileged
  // instruction.
  CHECK(c.cost.operation(EpisodeTracker::kFirstTold) == kEntry + 50);
  CHECK(c.cost.operation(EpisodeTracker::kPrivilegedUntold) == 2 * kEntry + 150);
  CHECK(c.cost.operation(EpisodeTracker::kShortTlbPath) == 0);
  CHECK(s.tracker.stats().cost.operation(EpisodeTracker::kFirstTold) == kEntry + 50);
  CHECK(all_cycles(s) == s.now());
}

TEST_CASE("Episodes: what no mark tells the trapped instruction does", "[cli][episodes]") {
  const auto name_of = [](std::uint32_t word) {
    return MonitorView::operation_names()[MonitorView::operation_of(word)];
  };
  CHECK(name_of(0x401a4000) == "mfc0 or dmfc0");  // mfc0 k0, BadVAddr
  CHECK(name_of(0x40ba1000) ==
        "mtc0 or dmtc0 to a register without side effects");  // dmtc0 k0, EntryLo0
  CHECK(name_of(0x40886000) == "mtc0 to Status");
  CHECK(name_of(0x40885000) == "mtc0 to EntryHi");
  CHECK(name_of(0x42000006) == "tlbwr");
  CHECK(name_of(0x42000018) == "eret");
  CHECK(name_of(0x00000000) == "privileged instruction");
  CHECK(MonitorView::operation_of(0x44000000) == EpisodeTracker::kPrivilegedUntold);
}

TEST_CASE("Episodes: an interrupt of the machine while the guest's handler runs is not the miss's",
          "[cli][episodes]") {
  EventStream s{true};
  s.eret(0x400);
  s.miss({.pc = 0x410, .va = 0x9000});
  s.work(20);
  s.eret(0xffffffffc0000080, Mode::kSupervisor);
  s.work(4);
  s.interrupt(0xffffffffc0000084, Mode::kSupervisor);
  s.work(700);
  s.eret(0xffffffffc0000084, Mode::kSupervisor);
  s.work(6);
  s.exception(0xffffffffc000008c, Mode::kSupervisor, 1, 11);
  s.work(50);
  s.eret(0x410);
  s.retire();
  CHECK(s.of(EpisodeClass::kInterrupted).count == 1);
  CHECK(s.of(EpisodeClass::kInterrupted).cost.total() == 2 * kEntry + 81);
}

TEST_CASE("Episodes: a guest kernel's miss in its direct window is a class of its own",
          "[cli][episodes]") {
  const auto va =
      GENERATE(as<std::uint64_t>{}, 0xffffffffc0100000, 0xffffffffdc000000, 0x4000000000001000);
  EventStream s{true};
  s.eret(0xffffffffc0100000, Mode::kSupervisor);
  s.miss({.pc = 0xffffffffc0100000, .va = va, .from = Mode::kSupervisor});
  s.work(30);
  s.eret(0xffffffffc0100000, Mode::kSupervisor);
  s.retire();
  CHECK(s.of(EpisodeClass::kDirectWindow).count == 1);
}

TEST_CASE("Episodes: idle cycles are counted while dozing", "[cli][episodes]") {
  EventStream s{false};
  s.work(10);
  s.doze(90);
  s.work(5);
  s.finish();
  CHECK(s.tracker.stats().cost.by_who[kIdle] == 90);
  CHECK(s.tracker.stats().cost.by_who[kKernel] == 15);
  CHECK(s.tracker.stats().cycles[static_cast<std::size_t>(Mode::kIdle)] == 90);
}

TEST_CASE("Episodes: captures hold the steps of the episode nearest to a cost", "[cli][episodes]") {
  EventStream s{false};
  s.tracker.set_capture(true);
  s.eret(0x400);
  for (const std::uint64_t handler : {10u, 20u, 30u}) {
    s.miss({.pc = 0x410, .va = 0x9000});
    CHECK(s.control.instructions);
    s.work(handler);
    s.eret(0x410);
    s.retire();
    CHECK_FALSE(s.control.instructions);
  }
  REQUIRE(s.tracker.flows().size() == 3);
  const Flow* flow = s.tracker.nearest_flow(EpisodeClass::kUserRefill, 27);
  REQUIRE(flow != nullptr);
  CHECK(flow->cycles == kEntry + 21);
  REQUIRE(flow->steps.size() == 2);
  CHECK(flow->steps[0].kind == FlowStep::Kind::kException);
  CHECK(flow->steps[1].kind == FlowStep::Kind::kEret);
  CHECK(s.tracker.nearest_flow(EpisodeClass::kSystemCall, 27) == nullptr);
}

TEST_CASE("Episodes: the flow of a system call ends with its ERET", "[cli][episodes]") {
  EventStream s{false};
  s.tracker.set_capture(true);
  s.eret(0x400);
  s.syscall(0x500);
  s.work(10);
  s.instruction(4, 0x42000018, [&] { s.eret(0x504); });
  CHECK_FALSE(s.control.instructions);
  const Flow* flow = s.tracker.nearest_flow(EpisodeClass::kSystemCall, 0);
  REQUIRE(flow != nullptr);
  REQUIRE(flow->steps.size() == 3);
  CHECK(flow->steps[1].kind == FlowStep::Kind::kEret);
  CHECK(flow->steps[2].word == 0x42000018);
  CHECK(flow->steps[2].cycles == 4);
  CHECK(flow->cycles == kEntry + 14);
}

TEST_CASE("Episodes: system calls are neither fetches nor loads", "[cli][episodes]") {
  EventStream s{false};
  s.eret(0x400);
  s.syscall(0x500);
  s.eret(0x504);
  const ClassStats& c = s.of(EpisodeClass::kSystemCall);
  CHECK(c.count == 1);
  CHECK(c.by_kind == std::array<std::uint64_t, kMissKinds>{});
}

TEST_CASE("Episodes: a phase is the difference of two readings", "[cli][episodes]") {
  EventStream s{false};
  s.eret(0x400);
  s.simple_miss(0x410, 10);
  const EpisodeStats before = s.tracker.stats();
  s.simple_miss(0x420, 30);
  s.work(64);
  s.tracker.settle(Cycles{s.now()});
  const EpisodeStats phase = s.tracker.stats().since(before);
  const ClassStats& c = phase.classes[static_cast<std::size_t>(EpisodeClass::kUserRefill)];
  CHECK(c.count == 1);
  CHECK(c.cycles.quantile(0.5) == kEntry + 31);
  CHECK(phase.cost.total() == kEntry + 31 + 64);
  EpisodeStats twice = phase;
  twice.add(phase);
  CHECK(twice.classes[static_cast<std::size_t>(EpisodeClass::kUserRefill)].count == 2);
  CHECK(twice.cost.total() == 2 * phase.cost.total());
}
