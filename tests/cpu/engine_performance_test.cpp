// The performance counters (R10000 UM 14.20): each event against a program whose events are known,
// the totals against the emulator's own counters, modes, and the interrupt. Random programs:
// naive_lockstep_test.cpp.
#include "tests/cpu/engine_rig.hpp"
#include "tests/support/catch.hpp"

using namespace cpu;
using namespace cpu::test;

namespace {

constexpr std::uint64_t kCode = 0x1000;
constexpr std::uint64_t kExl = 1, kKernel = 2, kSupervisor = 4, kUser = 8, kInterrupt = 16;

std::uint32_t read(Rig& rig, unsigned counter) {
  return static_cast<std::uint32_t>(
      rig.cpu.debug().read_register(RegisterClass::kPerformance, 2 * counter + 1));
}
void count(Rig& rig, unsigned counter, unsigned event, std::uint64_t modes,
           std::uint32_t from = 0) {
  rig.cpu.debug().write_register(RegisterClass::kPerformance, 2 * counter, event << 5 | modes);
  rig.cpu.debug().write_register(RegisterClass::kPerformance, 2 * counter + 1, from);
}

/// Everything that is an event once or more: 24 instructions.
void put_program(Rig& rig) {
  rig.put(kCode, {
                     word::nop(),                       //  0 not issued
                     word::addiu(8, 0, 1),              //  1
                     word::r(0x18, 0, 8, 8),            //  2 mult: graduates as two
                     word::ddiv(8, 8),                  //  3 ddiv: so does this
                     word::lw(9, 0, 4),                 //  4 load
                     word::ll(10, 0, 4),                //  5 load
                     word::sc(10, 0, 4),                //  6 store, conditional
                     word::sc(10, 0, 4),                //  7 store, conditional, fails
                     word::sw(8, 8, 4),                 //  8 store
                     word::i(44, 8, 4, 16),             //  9 sdl: store
                     word::i(26, 9, 4, 16),             // 10 ldl: load
                     word::i(51, 0, 4, 0),              // 11 pref: counts as a load
                     0x0000000f,                        // 12 sync: counts as a load
                     word::i(47, 0b10101, 4, 0),        // 13 cache: counts as a load
                     word::i(53, 2, 4, 8),              // 14 ldc1: load
                     word::i(61, 2, 4, 24),             // 15 sdc1: store
                     word::beq(8, 0, 4),                // 16 branch, not taken
                     word::addiu(8, 8, 1),              // 17
                     word::bne(8, 0, 1),                // 18 branch
                     word::nop(),                       // 19 not issued
                     word::beql(8, 0, 4),               // 20 branch; the next is nullified
                     word::addiu(8, 8, 1),              //    not counted
                     0x45000001,                        // 21 bc1f: branch, not issued
                     word::nop(),                       // 22 not issued
                     word::mfc0(9, kStatus),            // 23 not issued
                     0x08000000 | (kCode + 0x68) >> 2,  // 24 j: not issued
                     word::nop(),                       // 25 not issued
                 });
  rig.set_gpr(4, kKseg0 + 0x8000);
  rig.set_cp0(kStatus, status::kCu1 | status::kFr);
}
constexpr std::uint64_t kInstructions = 26;

}  // namespace

TEST_CASE("Performance: every event that this processor has, on a program whose events are known",
          "[cpu][performance]") {
  // Table 14-18; the other events belong to caches, prediction and the system interface and stay
  // zero.
  constexpr std::uint32_t kFirst[16] = {0, 19, 7, 5, 2, 1, 4, 0, 0, 0, 0, 0, 0, 0, 0, 28};
  constexpr std::uint32_t kSecond[16] = {0, 28, 7, 5, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  for (unsigned event = 1; event < 16; ++event) {
    Rig rig;
    put_program(rig);
    count(rig, 0, event, kKernel);
    count(rig, 1, event, kKernel);
    rig.run_instructions(kInstructions);
    INFO("event " << event);
    REQUIRE(rig.cpu.retired() == kInstructions);
    CHECK(read(rig, 0) == kFirst[event]);
    CHECK(read(rig, 1) == kSecond[event]);
  }
}

TEST_CASE("Performance: cycles and instructions agree with the emulator's counters, mode by mode",
          "[cpu][performance]") {
  // User code that misses the TLB, traps and returns: user, exception level, kernel.
  const auto run = [](std::uint64_t modes) {
    auto rig = std::make_unique<Rig>();
    rig->set_cp0(kEntryHi, 0x4000);
    rig->set_cp0(kEntryLo0, 4 << 6 | 0x1f), rig->set_cp0(kEntryLo1, 0x1f);
    rig->put(kCode, {word::tlbwi()});
    rig->run_instructions(1);
    rig->put(0x4000,
             {word::addiu(8, 8, 1), word::r(0x1a, 0, 8, 8), word::syscall(), word::lw(9, 0, 5)});
    rig->set_gpr(5, 0x10000);  // not mapped
    // The handlers skip what trapped; the general one spends time with EXL clear.
    for (const std::uint64_t vector : {0x000u, 0x080u}) {
      rig->put(vector, {word::mfc0(26, kEpc), word::addiu(26, 0, 0x4000), word::mtc0(26, kEpc),
                        word::eret()});
    }
    rig->put(0x180, {word::addiu(26, 0, 0), word::mtc0(26, kStatus), word::nop(),
                     word::addiu(26, 0, 0x12), word::mtc0(26, kStatus), word::mfc0(27, kEpc),
                     word::addiu(27, 27, 4), word::mtc0(27, kEpc), word::eret()});
    rig->set_cp0(kStatus, 2u << status::kKsuShift);
    rig->set_pc(0x4000);
    return std::pair{std::move(rig), modes};
  };
  for (const std::uint64_t modes : {kUser, kKernel | kExl, kUser | kKernel | kExl | kSupervisor,
                                    kSupervisor, std::uint64_t{0}}) {
    auto [rig, wanted] = run(modes);
    const CpuCounters before = rig->cpu.counters();
    count(*rig, 0, 0, wanted);
    count(*rig, 1, 7, wanted);
    rig->cpu.run(Cycles{20'000});
    const CpuCounters& after = rig->cpu.counters();
    const auto user = static_cast<unsigned>(Mode::kUser),
               kernel = static_cast<unsigned>(Mode::kKernel);
    const bool counts_user = (wanted & kUser) != 0, counts_kernel = (wanted & kKernel) != 0;
    INFO("modes " << wanted);
    CHECK(after.refills[user] - before.refills[user] > 100);
    CHECK(read(*rig, 0) == (counts_user ? after.cycles[user] - before.cycles[user] : 0) +
                               (counts_kernel ? after.cycles[kernel] - before.cycles[kernel] : 0));
    CHECK(read(*rig, 1) == (counts_user ? after.refills[user] - before.refills[user] : 0));
  }
  auto [rig, modes] = run(kUser | kKernel | kExl);
  const CpuCounters before = rig->cpu.counters();
  count(*rig, 0, 15, modes);
  count(*rig, 1, 1, kUser);
  rig->cpu.run(Cycles{20'000});
  const CpuCounters& after = rig->cpu.counters();
  std::uint64_t retired = 0;
  for (unsigned mode = 0; mode < kModes; ++mode)
    retired += after.instructions[mode] - before.instructions[mode];
  const auto user = static_cast<unsigned>(Mode::kUser);
  const std::uint64_t user_retired = after.instructions[user] - before.instructions[user];
  const std::uint64_t divides =
      read(*rig, 1) - user_retired;  // one div in each turn through the user code
  CHECK(divides > 100);
  CHECK(user_retired / 2 - divides <= 1);
  CHECK(read(*rig, 0) == retired + divides);
}

TEST_CASE("Performance: nothing counts while ERL is set, and EXL is a mode of its own",
          "[cpu][performance]") {
  Rig rig;
  rig.put(kCode, {word::nop(), word::nop(), word::nop(), word::nop()});
  const auto counted = [&rig](std::uint64_t status, std::uint64_t modes) {
    rig.set_cp0(kStatus, status);
    count(rig, 0, 15, modes);
    count(rig, 1, 0, modes);
    rig.set_pc(kKseg0 + kCode);
    rig.run_instructions(4);
    return read(rig, 0) == 4 && read(rig, 1) == 4   ? 1
           : read(rig, 0) == 0 && read(rig, 1) == 0 ? 0
                                                    : -1;
  };
  CHECK(counted(0, kKernel) == 1);
  CHECK(counted(0, kExl | kUser | kSupervisor) == 0);
  CHECK(counted(2, kExl) == 1);
  CHECK(counted(2, kKernel | kUser | kSupervisor) == 0);
  CHECK(counted(4, 15) == 0);
  CHECK(counted(6, 15) == 0);
}

TEST_CASE(
    "Performance: bit 31 interrupts by IP7 if IE is set, at that instruction, and goes on counting",
    "[cpu][performance]") {
  const unsigned event = GENERATE(0u, 15u);  // cycles, instructions: one each a nop
  CAPTURE(event);
  Rig rig;
  for (std::uint64_t at = kCode; at < kCode + 0x400; at += 4) rig.put(at, {word::nop()});
  rig.put(0x180, {word::mfc0(26, kCause), word::nop()});
  rig.set_cp0(kStatus, cause::kIpTimer | status::kIe);
  SECTION("with IE") {
    count(rig, 0, event, kKernel | kExl | kInterrupt, 0x80000000 - 10);
    rig.cpu.run(rig.cpu.now() + Cycles{16});
    CHECK(rig.cpu.counters().interrupts == 1);
    CHECK(rig.cp0(kEpc) == kKseg0 + kCode + 40);
    CHECK((rig.cp0(kCause) & cause::kIpTimer) != 0);
    CHECK(read(rig, 0) > 0x80000000);
    count(rig, 0, event, kInterrupt, 5);  // cleared by software
    CHECK((rig.cp0(kCause) & cause::kIpTimer) == 0);
  }
  SECTION("without") {
    count(rig, 0, event, kKernel, 0x80000000 - 10);
    rig.cpu.run(rig.cpu.now() + Cycles{16});
    CHECK(rig.cpu.counters().interrupts == 0);
    CHECK((rig.cp0(kCause) & cause::kIpTimer) == 0);
    CHECK(read(rig, 0) == 0x80000006);
  }
  SECTION("and it wakes a processor that dozes") {
    if (event != 0) return;
    count(rig, 1, 0, kKernel | kInterrupt, 0x80000000 - 1000);
    const std::uint64_t start = rig.cpu.now().count();
    rig.set_cp0(kStatus, cause::kIpTimer);
    rig.cpu.doze();
    CHECK(rig.cpu.next_timer() == Cycles{start + 1000});
    rig.cpu.run(rig.cpu.now() + Cycles{1002});
    CHECK_FALSE(rig.cpu.is_dozing());
    CHECK(rig.cpu.retired() == 2);
  }
}

TEST_CASE(
    "Performance: an instruction that writes a counter is not counted by it, by the other it is",
    "[cpu][performance]") {
  Rig rig;
  rig.put(kCode, {word::mtc0(0, kPerformance) | 1, word::nop(), word::mfc0(9, kPerformance) | 1,
                  word::mfc0(10, kPerformance) | 3});
  count(rig, 0, 15, kKernel, 77);
  count(rig, 1, 1, kKernel);
  rig.run_instructions(4);
  CHECK(rig.gpr(9) == 1);
  CHECK(rig.gpr(10) == 3);
}
