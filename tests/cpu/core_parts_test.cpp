// The parts of cpu/core/, each by itself.
#include "cpu/core/accounts.hpp"
#include "cpu/core/contexts.hpp"
#include "cpu/core/link.hpp"
#include "cpu/core/observation.hpp"
#include "cpu/core/signals.hpp"
#include "cpu/core/timer.hpp"
#include "cpu/core/watch_register.hpp"

#include <set>

#include "tests/support/catch.hpp"

using namespace cpu;

// ---- Timer

TEST_CASE("Timer: Count advances every second cycle from where it was set", "[cpu]") {
  Timer timer;
  timer.set_count(101, 7);
  CHECK(timer.count_at(101) == 7);
  CHECK(timer.count_at(102) == 8);
  CHECK(timer.count_at(103) == 8);
}

TEST_CASE("Timer: the match is the first even cycle at which Count equals Compare", "[cpu]") {
  Timer timer;
  timer.set_count(101, 7);
  timer.set_match(101, 9);
  CHECK(timer.match() == 104);
  CHECK(timer.count_at(timer.match()) == 9);
  CHECK(timer.count_at(timer.match() - 1) == 8);
}

TEST_CASE("Timer: a match that is now or has passed comes a full turn of Count later", "[cpu]") {
  constexpr std::uint64_t kTurn = std::uint64_t{1} << 33;  // cycles
  Timer timer;
  timer.set_count(100, 7);
  timer.set_match(100, 7);
  CHECK(timer.match() == 100 + kTurn);
  timer.set_match(100, 6);
  CHECK(timer.match() == 98 + kTurn);
  timer.pass_match();
  CHECK(timer.match() == 98 + 2 * kTurn);
}

// ---- Link

TEST_CASE("Link: while it is set no fast table answers data references", "[cpu]") {
  CpuState state;
  state.context = 5u << kContextShift;
  Link link{state};
  link.follow_context();
  CHECK(state.data_context == state.context);
  link.set(MachineAddr{0x1234});
  CHECK(state.data_context == kLinkedContext);
  state.context = 6u << kContextShift;
  link.follow_context();
  CHECK(state.data_context == kLinkedContext);
  link.drop();
  CHECK(state.data_context == state.context);
}

TEST_CASE("Link: it is to one line, and ends with a write to that line only", "[cpu]") {
  CpuState state;
  Link link{state};
  link.set(MachineAddr{0x1234});
  CHECK(link.is_to(MachineAddr{0x1200}));
  CHECK(link.is_to(MachineAddr{0x127f}));
  CHECK_FALSE(link.is_to(MachineAddr{0x1280}));
  CHECK(link.is_in(MachineAddr{0x1000}));
  CHECK_FALSE(link.is_in(MachineAddr{0x2000}));
  link.drop_if_met(MachineAddr{0x1280}, 8);
  link.drop_if_met(MachineAddr{0x11f8}, 8);
  CHECK(link.is_set());
  link.drop_if_met(MachineAddr{0x11f9}, 8);
  CHECK_FALSE(link.is_set());
  CHECK_FALSE(link.is_to(MachineAddr{0x1234}));
}

// ---- WatchRegister

namespace {
Registers watching(std::uint64_t address, std::uint64_t kinds) {
  Registers regs;
  regs.watch_hi = address >> 32;
  regs.watch_lo = (address & 0xfffffff8) | kinds;
  return regs;
}
}  // namespace

TEST_CASE("WatchRegister: it stops the watched kind of reference to the watched doubleword",
          "[cpu]") {
  const Registers regs = watching(0x1'2345'6788, kWatchStore);
  WatchRegister watch;
  watch.follow(regs);
  CHECK(watch.is_on_page(PhysAddr{0x1'2345'6000}));
  CHECK_FALSE(watch.is_on_page(PhysAddr{0x2345'6000}));
  CHECK(watch.stops(regs, PhysAddr{0x1'2345'678c}, mmu::Access::kStore));
  CHECK_FALSE(watch.stops(regs, PhysAddr{0x1'2345'678c}, mmu::Access::kLoad));
  CHECK_FALSE(watch.stops(regs, PhysAddr{0x1'2345'6790}, mmu::Access::kStore));
  CHECK_FALSE(watch.is_due(0));
}

TEST_CASE("WatchRegister: with neither kind of reference it watches no page", "[cpu]") {
  WatchRegister watch;
  watch.follow(watching(0x5000, kWatchLoad));
  CHECK(watch.is_on_page(PhysAddr{0x5ff8}));
  watch.follow(watching(0x5000, 0));
  CHECK_FALSE(watch.is_on_page(PhysAddr{0x5ff8}));
}

TEST_CASE("WatchRegister: under EXL or ERL the exception waits until both are clear", "[cpu]") {
  const auto gate = GENERATE(status::kExl, status::kErl);
  Registers regs = watching(0x5000, kWatchLoad);
  regs.status = gate;
  WatchRegister watch;
  watch.follow(regs);
  CHECK_FALSE(watch.stops(regs, PhysAddr{0x5000}, mmu::Access::kLoad));
  CHECK_FALSE(watch.is_due(gate));
  CHECK(watch.is_due(0));
  watch.forget_delayed();
  CHECK_FALSE(watch.is_due(0));
}

// ---- Signals

TEST_CASE("Signals: lines show in Cause until they are lowered, a reset does not lower them",
          "[cpu]") {
  Signals signals;
  signals.set_line(2, true);
  signals.set_line(6, true);
  CHECK(signals.in_cause() == (1u << 10 | 1u << 14));
  signals.reset();
  signals.set_line(2, false);
  CHECK(signals.in_cause() == 1u << 14);
}

TEST_CASE("Signals: a soft reset comes before an NMI and drops it", "[cpu]") {
  Signals signals;
  signals.request_nmi();
  signals.request_soft_reset();
  CHECK(signals.take_reset());
  CHECK_FALSE(signals.is_reset_pending());
  signals.request_nmi();
  CHECK(signals.is_reset_pending());
  CHECK_FALSE(signals.take_reset());
  CHECK_FALSE(signals.is_reset_pending());
}

TEST_CASE("Signals: requests are taken once", "[cpu]") {
  Signals signals;
  signals.request_doze();
  signals.request_stop();
  CHECK(signals.take_doze());
  CHECK(signals.take_stop());
  CHECK_FALSE(signals.take_doze());
  CHECK_FALSE(signals.take_stop());
}

// ---- contexts

TEST_CASE("ContextNumbers: equal combinations have one number, different ones different numbers",
          "[cpu]") {
  ContextNumbers numbers;
  std::set<std::uint64_t> seen;
  Registers regs;
  for (unsigned asid = 0; asid < 100; ++asid) {
    regs.entry_hi = asid;
    const auto user = numbers.number_of(regs, Mode::kUser);
    const auto kernel = numbers.number_of(regs, Mode::kKernel);
    CHECK(seen.insert(user.shifted).second);
    CHECK(seen.insert(kernel.shifted).second);
    CHECK(numbers.number_of(regs, Mode::kUser).shifted == user.shifted);
  }
  const std::uint64_t number = numbers.number_of(regs, Mode::kUser).shifted;
  regs.entry_hi |= 0x12000;  // not the ASID
  CHECK(numbers.number_of(regs, Mode::kUser).shifted == number);
}

TEST_CASE("ContextNumbers: when they are used up all begin anew, and none is that of a link",
          "[cpu]") {
  ContextNumbers numbers;
  unsigned given = 0;
  for (unsigned mode = 0; mode < 3; ++mode) {
    for (unsigned asid = 0; asid < 256; ++asid) {
      Registers regs;
      regs.entry_hi = asid;
      const auto number = numbers.number_of(regs, static_cast<Mode>(mode));
      CHECK(number.shifted != kLinkedContext);
      CHECK(number.shifted != 0);
      CHECK(number.has_begun_anew == (given == kContexts - 2));
      given = number.has_begun_anew ? 1 : given + 1;
    }
  }
}

TEST_CASE("contexts: EXL and ERL make any mode kernel mode, KSU 3 is user mode", "[cpu]") {
  constexpr std::uint64_t kUser = 2u << status::kKsuShift;
  CHECK(mode_of(kUser) == Mode::kUser);
  CHECK(mode_of(1u << status::kKsuShift) == Mode::kSupervisor);
  CHECK(mode_of(3u << status::kKsuShift) == Mode::kUser);
  CHECK(mode_of(kUser | status::kExl) == Mode::kKernel);
  CHECK(mode_of(kUser | status::kErl) == Mode::kKernel);
  CHECK(mode_of(0) == Mode::kKernel);
}

// ---- Accounts

TEST_CASE("Accounts: what passed goes to the mode that settles it", "[cpu]") {
  Accounts accounts;
  accounts.settle(10, 4, Mode::kKernel);
  accounts.settle(25, 5, Mode::kUser);
  accounts.settle_to(20, 5, Mode::kIdle);  // behind: nothing more
  const CpuCounters& c = accounts.counters();
  CHECK(c.cycles[static_cast<unsigned>(Mode::kKernel)] == 10);
  CHECK(c.cycles[static_cast<unsigned>(Mode::kUser)] == 15);
  CHECK(c.cycles[static_cast<unsigned>(Mode::kIdle)] == 0);
  CHECK(c.instructions[static_cast<unsigned>(Mode::kKernel)] == 4);
  CHECK(c.instructions[static_cast<unsigned>(Mode::kUser)] == 1);
}

TEST_CASE("Accounts: a performance counter of cycles says when it will raise IP7", "[cpu]") {
  constexpr std::uint32_t kCyclesInKernel = 1u << 4 | 1u << 1;  // event 0, IE, K
  Accounts accounts;
  accounts.settle(100, 0, Mode::kKernel);
  accounts.write_performance(0, kCyclesInKernel);
  accounts.write_performance(1, PerformanceCounters::kOverflow - 30);
  accounts.watch(0, 100);
  CHECK(accounts.overflow_at() == 130);
  CHECK_FALSE(accounts.interrupts(129));
  CHECK(accounts.interrupts(130));
  CHECK(accounts.performance(1, 110) == PerformanceCounters::kOverflow - 20);
  accounts.write_performance(0, 0);
  accounts.watch(0, 100);
  CHECK(accounts.overflow_at() == Accounts::kNever);
}

// ---- Observation

TEST_CASE("Observation: events are wanted only while somebody observes", "[cpu]") {
  Observer somebody;
  Observation observation;
  observation.set_references(true);
  observation.set_instruction_events(true);
  CHECK_FALSE(observation.wants_references());
  CHECK_FALSE(observation.wants_instructions());
  observation.add_observer(somebody);
  CHECK(observation.wants_references());
  CHECK(observation.wants_instructions());
}

TEST_CASE("Observation: breakpoints make offsets outdated until they are noted, once for many",
          "[cpu]") {
  constexpr VirtAddr kAt{0xffffffff80001008}, kOther{0x2010};
  Observation observation;
  observation.add_breakpoint(kAt);
  observation.add_breakpoint(kOther);
  CHECK(observation.is_outdated());
  observation.note_offsets();
  CHECK_FALSE(observation.is_outdated());
  const std::uint32_t page = observation.page_number(kAt), other = observation.page_number(kOther);
  CHECK(observation.may_be_at(page, 2));
  CHECK(observation.may_be_at(other, 4));
  CHECK_FALSE(observation.may_be_at(page, 4));
  CHECK_FALSE(observation.may_be_at(other, 2));
  CHECK(observation.page_number(VirtAddr{0xffffffff80002008}) == 0);
  observation.add_breakpoint(kAt);  // was there already
  CHECK_FALSE(observation.is_outdated());
  observation.remove_breakpoint(kAt);
  CHECK(observation.is_outdated());
}

TEST_CASE("Observation: one breakpoint can be passed, whatever its address", "[cpu]") {
  const VirtAddr at{GENERATE(std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{0x2010})};
  Observation observation;
  observation.add_breakpoint(at);
  CHECK(observation.breaks_at(at));
  observation.pass(at);
  CHECK_FALSE(observation.breaks_at(at));
  observation.pass(std::nullopt);
  CHECK(observation.breaks_at(at));
}

TEST_CASE("Observation: an arrival at a mark is told once, the next one is another", "[cpu]") {
  constexpr VirtAddr kAt{0x2010};
  Observation observation;
  observation.add_mark(kAt, 7);
  CHECK(observation.mark_at(kAt) == 7u);
  CHECK_FALSE(observation.mark_at(VirtAddr{0x2014}));
  observation.note_reported({kAt, 100});
  CHECK(observation.has_reported({kAt, 100}));
  CHECK_FALSE(observation.has_reported({kAt, 101}));
  observation.forget_progress();
  CHECK_FALSE(observation.has_reported({kAt, 100}));
}
