// Every identity must notice: each counter is changed by one, and something must turn red.
#include "measure/identities.hpp"

#include <algorithm>

#include "measure/monitor_view.hpp"
#include "tests/measure/event_stream.hpp"
#include "tests/support/catch.hpp"

using namespace measure;
using namespace measure::test;

namespace {

bool all_hold(const Tally& tally, const IdentityScope& scope) {
  const auto list = check_identities(tally, scope);
  return std::all_of(list.begin(), list.end(), [](const Identity& i) { return i.holds; });
}

// What a processor would have counted had it run this stream.
cpu::CpuCounters counters_of(const EpisodeStats& s, std::uint64_t instructions) {
  cpu::CpuCounters c;
  for (unsigned m = 0; m < kModes; ++m) {
    c.cycles[m] = s.cycles[m];
    c.refills[m] = s.refills[m];
  }
  c.instructions[0] = instructions;
  for (unsigned code = 0; code < 32; ++code) c.exceptions[code] = s.exceptions[code];
  c.refills_fetch = s.refills_by_kind[0];
  c.refills_load = s.refills_by_kind[1];
  c.refills_store = s.refills_by_kind[2];
  c.invalids = s.invalids;
  c.modifieds = s.modifieds;
  c.interrupts = s.exceptions[0];
  c.erets = s.erets;
  c.tlb_writes_indexed = s.tlb_writes_indexed;
  c.tlb_writes_random = s.tlb_writes_random;
  return c;
}

void some_life(EventStream& s, bool virtualised) {
  s.work(100);
  s.eret(0x400);
  s.simple_miss(0x410);
  s.miss({.pc = 0x418, .va = 0x418, .fetch = true});
  s.eret(0x418);
  s.miss({.pc = 0x418, .va = 0x9000, .refill = false});
  s.work(100);
  s.eret(0x418);
  s.retire();
  s.miss({.pc = 0x420, .va = 0x9000, .code = 1, .refill = false});
  s.eret(0x420);
  s.retire();
  s.syscall(0x430);
  s.work(50);
  s.eret(0x434);
  s.interrupt(0x440);
  s.doze(70);
  s.eret(0x440);
  if (virtualised) {
    s.exception(0xffffffffc0000000, Mode::kSupervisor, 1, 11);
    s.eret(0xffffffffc0000004, Mode::kSupervisor);
    s.miss({.pc = 0xffffffffc0000008,
            .va = 0xffffffffc0000008,
            .from = Mode::kSupervisor,
            .fetch = true});
    s.eret(0xffffffffc0000008, Mode::kSupervisor);
    s.retire();
  }
  s.finish();
}

Tally tally_of(EventStream& s, bool virtualised) {
  Tally t;
  add_cpu_counters(t, counters_of(s.tracker.stats(), 1234));
  add_episode_counters(t, s.tracker.stats());
  t["clock.cycles"] = s.now();
  t["clock.instructions"] = 1234;
  // Natively every refill went through the kernel's handlers.
  std::uint64_t refills = 0;
  for (const std::uint64_t n : s.tracker.stats().refills) refills += n;
  t["events.guest_refills"] = refills;
  if (!virtualised) return t;

  for (const CounterInfo& info : MonitorView::counter_infos()) t[std::string{info.name}] = 0;
  add_monitor_events(t, s.tracker.stats());
  const auto& e = s.tracker.stats();
  t["monitor.refills_fast_direct"] = 1;
  t["monitor.refills_slow"] = t["monitor.refills_reflected"] = refills - 1;
  t["monitor.invalids"] = t["monitor.invalids_reflected"] = e.invalids;
  t["monitor.modifieds"] = t["monitor.modifieds_reflected"] = e.modifieds;
  t["monitor.traps_tlb"] = refills - 1 + e.invalids + e.modifieds;
  t["monitor.traps_privileged"] = t["monitor.emulated_mfc0"] = 1;
  t["monitor.traps_interrupt"] = t["monitor.reflected_interrupt"] = 1;
  t["monitor.traps_syscall"] = t["monitor.reflected_syscall"] = 1;
  t["monitor.reflected"] = refills - 1 + e.invalids + e.modifieds + 2;
  t["monitor.reflected_refill"] = t["events.guest_refills"] = refills - 1;
  return t;
}

}  // namespace

TEST_CASE("Identities: hold for counts that fit together", "[cli][identities]") {
  const bool virtualised = GENERATE(false, true);
  EventStream s{virtualised};
  some_life(s, virtualised);
  const Tally tally = tally_of(s, virtualised);
  const IdentityScope scope{virtualised, true, true};
  for (const Identity& one : check_identities(tally, scope)) {
    INFO(one.name << ": " << one.claim << ": " << one.left_value << " and " << one.right_value);
    CHECK(one.holds);
  }
}

TEST_CASE("Identities: each counter that is off by one turns one red", "[cli][identities]") {
  const bool virtualised = GENERATE(false, true);
  EventStream s{virtualised};
  some_life(s, virtualised);
  const Tally tally = tally_of(s, virtualised);
  const IdentityScope scope{virtualised, true, true};
  REQUIRE(all_hold(tally, scope));
  for (const auto& [name, value] : tally) {
    INFO(name);
    Tally more = tally;
    ++more[name];
    CHECK_FALSE(all_hold(more, scope));
    if (value == 0) continue;
    Tally less = tally;
    --less[name];
    CHECK_FALSE(all_hold(less, scope));
  }
}

TEST_CASE("Identities: only what was counted is claimed", "[cli][identities]") {
  EventStream s{false};
  some_life(s, false);
  const Tally tally = tally_of(s, false);
  for (const std::string& name : covered_counters(tally, {false, true, true})) {
    INFO(name);
    CHECK(tally.count(name) == 1);
  }
  // Without the guest's symbols nothing is said about its handlers.
  for (const Identity& one : check_identities(tally, {false, false, true}))
    CHECK(one.name != "handler-entries");
}

TEST_CASE("Identities: every counter has a unit and a sentence", "[cli][identities]") {
  EventStream s{true};
  some_life(s, true);
  for (const auto& [name, value] : tally_of(s, true)) {
    INFO(name);
    CHECK_FALSE(describe_counter(name).unit.empty());
    CHECK_FALSE(describe_counter(name).what.empty());
  }
}
