#include <iterator>
#include <numeric>

#include "tests/cpu/engine_rig.hpp"
#include "tests/support/catch.hpp"

using namespace cpu;
using namespace cpu::test;

namespace {
constexpr std::uint64_t kCode = 0x1000;
constexpr std::uint64_t kTimerEnabled = cause::kIpTimer | status::kIe,
                        kLine2Enabled = 1u << 10 | status::kIe;

std::uint64_t sum(const std::uint64_t (&by_mode)[kModes]) {
  return std::accumulate(std::begin(by_mode), std::end(by_mode), std::uint64_t{0});
}
}  // namespace

TEST_CASE("Engine: Count advances every second cycle and Compare interrupts at the match",
          "[cpu]") {
  CpuConfig config;
  config.fidelity = Fidelity::kFunctional;
  Rig rig{config};
  rig.set_cp0(kCount, 0);
  rig.set_cp0(kCompare, 10);
  rig.set_cp0(kStatus, kTimerEnabled);
  const std::uint64_t start = rig.cpu.now().count();
  rig.cpu.run(Cycles{start + 19});
  CHECK((rig.cp0(kCause) & cause::kIpTimer) == 0);
  CHECK(rig.cp0(kCount) == 9);
  rig.cpu.run(Cycles{start + 21});
  CHECK(rig.exception_code() == ExceptionCode::kInt);
  CHECK((rig.cp0(kCause) & cause::kIpTimer) != 0);
  CHECK(rig.cp0(kEpc) == kKseg0 + kCode + 20 * 4);
}

TEST_CASE("Engine: mfc0 Count is exact inside a block", "[cpu]") {
  CpuConfig config;
  config.fidelity = Fidelity::kFunctional;
  Rig rig{config};
  rig.set_cp0(kCount, 100);
  rig.memory.put(kCode, {word::nop(), word::nop(), word::mfc0(8, kCount), word::nop(), word::nop(),
                         word::nop(), word::mfc0(9, kCount)});
  rig.run_instructions(7);
  CHECK(rig.gpr(9) - rig.gpr(8) == 2);
  CHECK(rig.gpr(8) == 101);
}

TEST_CASE("Engine: multi-cycle instructions cost their latency at fidelity tlb only", "[cpu]") {
  const Fidelity fidelity = GENERATE(Fidelity::kFunctional, Fidelity::kTlb);
  CpuConfig config;
  config.fidelity = fidelity;
  Rig rig{config};
  rig.memory.put(kCode, {word::ddiv(4, 5)});
  rig.run_instructions(1);
  CHECK(rig.cpu.now().count() == (fidelity == Fidelity::kTlb ? 67 : 1));
}

TEST_CASE("Engine: an interrupt line raised by a store is taken before the next instruction",
          "[cpu]") {
  Rig rig;
  rig.memory.on_device_write = [&] { rig.cpu.set_interrupt_line(2, true); };
  rig.set_cp0(kStatus, kLine2Enabled);
  rig.memory.put(kCode, {word::sw(0, 0, 4), word::addiu(8, 0, 1)});
  rig.set_gpr(4, kKseg1 + kDevicePage);
  rig.cpu.run(Cycles{2});
  CHECK(rig.gpr(8) == 0);
  CHECK(rig.cp0(kEpc) == kKseg0 + kCode + 4);
}

TEST_CASE("Engine: an interrupt never parts a branch from its delay slot", "[cpu]") {
  Rig rig;
  rig.memory.put(kCode, {word::nop(), word::beq(0, 0, 2), word::addiu(8, 0, 1), word::nop(),
                         word::addiu(9, 0, 1)});
  rig.cpu.run(Cycles{2});  // ends within the pair
  CHECK(rig.pc() == kKseg0 + kCode + 16);
  CHECK(rig.gpr(8) == 1);
  CHECK(rig.cpu.retired() == 3);
}

TEST_CASE("Engine: dozing ends with an unmasked interrupt, whatever IE says", "[cpu]") {
  Rig rig;
  rig.memory.on_device_write = [&] { rig.cpu.doze(); };
  rig.memory.put(kCode, {word::sw(0, 0, 4), word::addiu(8, 0, 1)});
  rig.set_gpr(4, kKseg1 + kDevicePage);
  rig.set_cp0(kStatus, cause::kIpTimer);  // IM7, IE = 0
  rig.set_cp0(kCount, 0);
  rig.set_cp0(kCompare, 50);
  CHECK(rig.cpu.run(Cycles{40}) == Stop::kDozing);
  CHECK(rig.gpr(8) == 0);
  CHECK(rig.cpu.is_dozing());
  rig.cpu.run(Cycles{101});
  CHECK_FALSE(rig.cpu.is_dozing());
  CHECK(rig.gpr(8) == 1);
  CHECK(rig.cpu.counters().cycles[index_of(Mode::kIdle)] == 99);
}

TEST_CASE("Engine: doze does nothing while an unmasked interrupt is pending", "[cpu]") {
  Rig rig;
  rig.memory.on_device_write = [&] { rig.cpu.doze(); };
  rig.memory.put(kCode, {word::sw(0, 0, 4), word::addiu(8, 0, 1)});
  rig.set_gpr(4, kKseg1 + kDevicePage);
  rig.set_cp0(kStatus, 1u << 10);
  rig.cpu.set_interrupt_line(2, true);
  rig.cpu.run(Cycles{2});
  CHECK(rig.gpr(8) == 1);
}

TEST_CASE("Engine: cycles and instructions by mode add up", "[cpu]") {
  Rig rig;
  rig.memory.put(kCode, {word::syscall()});
  rig.memory.put(
      0x180, {word::mfc0(26, kEpc), word::daddiu(26, 26, 4), word::mtc0(26, kEpc), word::eret()});
  rig.cpu.run(Cycles{1000});
  const CpuCounters c = rig.cpu.counters();
  CHECK(sum(c.cycles) == rig.cpu.now().count());
  CHECK(sum(c.instructions) == rig.cpu.retired());
  CHECK(c.exceptions[index_of(ExceptionCode::kSys)] == 1);
  CHECK(c.erets == 1);
}

TEST_CASE(
    "Engine: a match between a branch and its delay slot is not lost when the slot writes Count",
    "[cpu]") {
  CpuConfig config;
  config.fidelity = Fidelity::kFunctional;
  Rig rig{config};
  rig.set_cp0(kCount, 0);
  rig.set_cp0(kCompare, 2);
  // Count becomes 2 at cycle 4, the start of the slot.
  rig.memory.put(
      kCode, {word::nop(), word::nop(), word::nop(), word::beq(0, 0, 2), word::mtc0(0, kCount)});
  rig.run_instructions(5);
  CHECK((rig.cp0(kCause) & cause::kIpTimer) != 0);
}

TEST_CASE("Engine: a delay slot reads IP7 of the cycle it executes in", "[cpu]") {
  CpuConfig config;
  config.fidelity = Fidelity::kFunctional;
  Rig rig{config};
  rig.set_cp0(kCount, 0);
  rig.set_cp0(kCompare, 2);
  rig.memory.put(
      kCode, {word::nop(), word::nop(), word::nop(), word::beq(0, 0, 2), word::mfc0(8, kCause)});
  rig.run_instructions(5);
  CHECK((rig.gpr(8) & cause::kIpTimer) != 0);
}

TEST_CASE("Engine: a requested stop leaves the same Cause as any other", "[cpu]") {
  CpuConfig config;
  config.fidelity = Fidelity::kFunctional;
  Rig rig{config};
  rig.memory.on_device_write = [&] { rig.cpu.request_stop(); };
  rig.set_cp0(kCount, 0);
  rig.set_cp0(kCompare, 1);
  rig.memory.put(kCode, {word::nop(), word::sw(0, 0, 4)});
  rig.set_gpr(4, kKseg1 + kDevicePage);
  SECTION("run") { CHECK(rig.cpu.run(Cycles{100}) == Stop::kRequested); }
  SECTION("steps") {
    rig.cpu.debug().step();
    rig.cpu.debug().step();
  }
  CHECK(rig.cpu.now() == Cycles{2});
  CHECK((rig.cp0(kCause) & cause::kIpTimer) != 0);
}

TEST_CASE("Engine: a step wakes a dozing CPU whose interrupt has come", "[cpu]") {
  Rig rig;
  rig.memory.on_device_write = [&] { rig.cpu.doze(); };
  rig.memory.put(kCode, {word::sw(0, 0, 4), word::addiu(8, 0, 1)});
  rig.set_gpr(4, kKseg1 + kDevicePage);
  rig.set_cp0(kStatus, 1u << 10);
  rig.cpu.debug().step();
  REQUIRE(rig.cpu.is_dozing());
  rig.cpu.debug().step();
  CHECK(rig.gpr(8) == 0);
  rig.cpu.set_interrupt_line(2, true);
  rig.cpu.debug().step();
  CHECK(rig.gpr(8) == 1);
  CHECK_FALSE(rig.cpu.is_dozing());
}

TEST_CASE("Engine: ERET costs what the configuration says, however much", "[cpu]") {
  CpuConfig config;
  config.timing.eret = 100'000;
  Rig rig{config};
  rig.set_cp0(kStatus, status::kExl);
  rig.set_cp0(kEpc, kKseg0 + 0x2000);
  rig.memory.put(kCode, {word::eret()});
  rig.run_instructions(1);
  CHECK(rig.cpu.now() == Cycles{100'001});
}

TEST_CASE("Engine: a device sees the exact time and number of instructions inside a block",
          "[cpu]") {
  Rig rig;
  std::uint64_t retired = 0, cycle = 0;
  rig.memory.on_device_write = [&] { retired = rig.cpu.retired(), cycle = rig.cpu.now().count(); };
  rig.memory.put(kCode,
                 {word::nop(), word::nop(), word::sw(0, 0, 4), word::beq(0, 0, -1), word::nop()});
  rig.set_gpr(4, kKseg1 + kDevicePage);
  rig.run_instructions(5);
  CHECK(retired == 2);
  CHECK(cycle == 2);
}

TEST_CASE("Engine: a block of divisions takes all its cycles", "[cpu]") {
  Rig rig;
  for (std::uint64_t pa = kCode; pa < kCode + 0x1000; pa += 4)
    rig.memory.put(pa, {word::ddiv(4, 5)});
  rig.run_instructions(1024);
  CHECK(rig.cpu.now() == Cycles{1024 * 67});
}
