#include "tests/support/catch.hpp"

#include <memory>
#include <random>
#include <thread>

#include "machine/boot/boot.hpp"
#include "machine/machine.hpp"
#include "tests/machine/machine_program.hpp"

using namespace machine;
using namespace machine::test;

namespace {

std::unique_ptr<Machine> boot(const BootImage& image, MachineConfig config = small_machine()) {
  auto booted = boot_native(config, image);
  if (!booted) FAIL(booted.error().message());
  return std::move(booted->machine);
}

RunEnd run(Machine& machine, const RunLimits& limits = {}) {
  const auto end = machine.run(limits);
  if (!end) FAIL(end.error().message());
  return *end;
}

std::uint64_t gpr(Machine& machine, unsigned number, CpuId cpu = CpuId{0}) {
  return machine.cpu(cpu).debug().read_register(cpu::RegisterClass::kGpr, number);
}

}  // namespace

TEST_CASE("Machine: refuses a configuration out of range and names the field", "[config]") {
  MachineConfig config = small_machine();
  std::string field;
  SECTION("nodes") { config.nodes = 0, field = "machine.nodes"; }
  SECTION("cpus") { config.cpus_per_node = 17, field = "machine.cpus_per_node"; }
  SECTION("memory") { config.memory_per_node = 4096 * kMiB, field = "machine.mem.per_node"; }
  SECTION("pages") { config.memory_per_node = 4 * kMiB + 1, field = "machine.mem.per_node"; }
  SECTION("clock") { config.clock_hz = 0, field = "machine.clock"; }
  SECTION("tlb") { config.tlb.entries = 7, field = "machine.cpu.tlb.entries"; }
  SECTION("quantum") { config.quantum = Cycles{0}, field = "machine.quantum"; }
  const auto made = Machine::make(config);
  REQUIRE_FALSE(made);
  CHECK(made.error().code == ErrorCode::kConfig);
  CHECK(made.error().where == field);
}

TEST_CASE("Machine: the power register ends the run with its code, for good", "[config]") {
  auto machine = boot(raw_kernel(power_off(37)));
  CHECK(run(*machine) == RunEnd::kPowerOff);
  CHECK(machine->exit_code() == 37);
  CHECK(machine->retired() == 4);  // the store is the last instruction
  CHECK(run(*machine) == RunEnd::kPowerOff);
  CHECK(machine->retired() == 4);
}

TEST_CASE("Machine: exceptions without end are an error, not a run without end", "[config]") {
  MachineConfig config = small_machine();
  config.fidelity =
      GENERATE(cpu::Fidelity::kFunctional, cpu::Fidelity::kTlb, cpu::Fidelity::kMemory);
  // A word that is no instruction, at the entry and (memory is zero elsewhere) at the vector.
  constexpr std::uint32_t kReserved = 0x7c000000, kSyscall = 0x0000000c;
  ElfMaker elf;
  elf.add(0xffffffff80000180, {kReserved});
  elf.add(0xffffffff80100000, {kSyscall});
  BootImage image;
  image.kernel = {"stuck.elf", elf.make()};
  auto machine = boot(image, config);
  const auto end = machine->run({.instructions = 1000});
  REQUIRE_FALSE(end);
  CHECK(end.error().code == ErrorCode::kGuest);
  CHECK_THAT(end.error().message(), Catch::Contains("cpu 0, pc 0xffffffff80000180") &&
                                        Catch::Contains("exceptions without end"));
  CHECK(machine->retired() == 0);
}

TEST_CASE("Machine: a long sleep is no lack of progress", "[config]") {
  // Dozes until the timer fires, far beyond the time in which a CPU that is awake must get on.
  Words code{mfc0(kT0, kCount),   lui(kT1, 0x0200),        addu(kT0, kT0, kT1),
             mtc0(kT0, kCompare), ori(kT1, kZero, 0x8000), mtc0(kT1, kStatus),
             lui(kT0, 0xbc3f),    ori(kT0, kT0, 0xf000),   sw(kZero, 0x38, kT0)};
  append(code, power_off(0));
  auto machine = boot(raw_kernel(code));
  CHECK(run(*machine, {.instructions = 10'000}) == RunEnd::kPowerOff);
  CHECK(machine->now() >= Cycles{2 * 0x2000000});
}

TEST_CASE("Machine: a reset request ends the run", "[config]") {
  auto machine = boot(raw_kernel({lui(kT0, 0xbc00), ori(kT0, kT0, 0x1000), addiu(kV0, kZero, 2),
                                  sw(kV0, 0, kT0), kHere, kNop}));
  CHECK(run(*machine) == RunEnd::kReset);
}

TEST_CASE("Machine: an exception before there are vectors reaches the boot ROM", "[config]") {
  // Status.BEV = 1, then a syscall.
  auto machine = boot(raw_kernel({lui(kT0, 0x0040), mtc0(kT0, kStatus), 0x0000000c, kHere, kNop}));
  CHECK(run(*machine) == RunEnd::kPowerOff);
  CHECK(machine->exit_code() == 98);
}

TEST_CASE("Machine: an instruction limit is exact", "[config]") {
  auto machine = boot(busy_kernel(200));
  // busy_kernel's branches are short of neither: at most the delay slot comes along.
  for (std::uint64_t limit = 1; limit < 400; ++limit) {
    CHECK(run(*machine, {.instructions = limit}) == RunEnd::kInstructionLimit);
    CHECK(machine->retired() >= limit);
    CHECK(machine->retired() <= limit + 1);
  }
}

TEST_CASE("Machine: a cycle limit stops at the first boundary at or after it", "[config]") {
  auto machine = boot(busy_kernel(200));
  for (std::uint64_t limit = 100; limit < 2000; limit += 100) {
    CHECK(run(*machine, {.cycles = Cycles{limit}}) == RunEnd::kCycleLimit);
    CHECK(machine->now() >= Cycles{limit});
    CHECK(machine->now() < Cycles{limit + 60});
  }
}

TEST_CASE("Machine: the serial port and the debug console reach the sink in order", "[config]") {
  Words code{lui(kS0, 0xbc00),     addiu(kT1, kZero, 'a'), sb(kT1, 0, kS0), addiu(kT1, kZero, 'b'),
             sb(kT1, 0x1008, kS0), addiu(kT1, kZero, 'c'), sb(kT1, 0, kS0)};
  append(code, power_off(0));
  auto machine = boot(raw_kernel(code));
  std::string seen;
  machine->set_console_output([&seen](ConsoleChannel channel, char byte) {
    seen += channel == ConsoleChannel::kUart ? 'u' : 'd';
    seen += byte;
  });
  CHECK(run(*machine) == RunEnd::kPowerOff);
  CHECK(seen == "uadbuc");
}

TEST_CASE("Machine: a CPU that dozes for ever ends the run, the timer wakes one that let it",
          "[config]") {
  const Words arm{mfc0(kT0, kCount), lui(kT1, 0x0010), addu(kT0, kT0, kT1), mtc0(kT0, kCompare)};
  const Words doze{lui(kT0, 0xbc3f), ori(kT0, kT0, 0xf000), sw(kZero, 0x38, kT0)};
  Words code = arm;
  SECTION("masked") {
    append(code, doze);
    append(code, power_off(5));
    auto machine = boot(raw_kernel(code));
    CHECK(run(*machine) == RunEnd::kIdleForever);
    CHECK(machine->retired() == 7);
  }
  SECTION("with IM7 set and IE clear execution goes on behind the store") {
    append(code, {ori(kT1, kZero, 0x8000), mtc0(kT1, kStatus)});
    append(code, doze);
    append(code, power_off(5));
    auto machine = boot(raw_kernel(code));
    CHECK(run(*machine) == RunEnd::kPowerOff);
    CHECK(machine->exit_code() == 5);
    CHECK(machine->now() >= Cycles{2 * 0x100000});
    CHECK(machine->now() < Cycles{2 * 0x100000 + 100});
    CHECK(machine->retired() == 13);
  }
}

TEST_CASE("Machine: interrupt() and stop_after_instruction() end a run, which can go on",
          "[config]") {
  auto machine = boot(raw_kernel({addiu(kV0, kV0, 1), 0x1000fffe, kNop}));  // for ever
  machine->interrupt();
  CHECK(run(*machine) == RunEnd::kInterrupted);
  CHECK(machine->retired() == 0);
  int slices = 0;
  const auto hook = machine->add_slice_hook([&] {
    if (++slices == 3) machine->interrupt();
  });
  CHECK(run(*machine) == RunEnd::kInterrupted);
  CHECK(machine->retired() > 0);

  struct StopAtMark : Observer {
    Machine* machine = nullptr;
    void on_mark(const MarkEvent&) override { machine->stop_after_instruction(); }
  } observer;
  observer.machine = machine.get();
  machine->cpu(CpuId{0}).add_observer(observer);
  machine->cpu(CpuId{0}).observation().add_mark(VirtAddr{0xffffffff80100000}, 1);
  CHECK(run(*machine) == RunEnd::kInterrupted);
  const std::uint64_t before = gpr(*machine, kV0);
  CHECK(run(*machine) == RunEnd::kInterrupted);
  CHECK(gpr(*machine, kV0) == before + 1);
  machine->cpu(CpuId{0}).remove_observer(observer);
}

TEST_CASE("Machine: hooks are called side by side, each as long as it is kept", "[config]") {
  auto machine = boot(raw_kernel({addiu(kV0, kV0, 1), 0x1000fffe, kNop}));  // for ever
  std::string calls;
  auto first = machine->add_slice_hook([&] { calls += 'a'; });
  Machine::HookKeeper third;
  const auto second = machine->add_slice_hook([&] {
    calls += 'b';
    if (!third) third = machine->add_slice_hook([&] { calls += 'c'; });
    machine->interrupt();
  });
  CHECK(run(*machine) == RunEnd::kInterrupted);
  CHECK(calls == "ab");
  CHECK(run(*machine) == RunEnd::kInterrupted);
  CHECK(calls == "ababc");
  first.reset();
  CHECK(run(*machine) == RunEnd::kInterrupted);
  CHECK(calls == "ababcbc");
}

TEST_CASE("Machine: breakpoints stop before their instruction, steps execute one", "[config]") {
  auto machine = boot(raw_kernel(power_off(0)));
  cpu::DebugPort& debug = machine->cpu(CpuId{0}).debug();
  debug.add_breakpoint(VirtAddr{0xffffffff80100008});
  CHECK(run(*machine) == RunEnd::kBreakpoint);
  CHECK(machine->retired() == 2);
  CHECK(machine->stopped_cpu() == CpuId{0});
  auto end = machine->step(CpuId{0});
  REQUIRE(end);
  CHECK(*end == RunEnd::kBreakpoint);
  CHECK(machine->retired() == 3);
  end = machine->step(CpuId{0});
  REQUIRE(end);
  CHECK(*end == RunEnd::kPowerOff);
}

TEST_CASE("Machine: console input is known in advance or recorded, and replays", "[config]") {
  // Echoes bytes until 'q', counting its polls, and exits with their number modulo 64.
  Words code{lui(kS0, 0xbc00)};
  append(code, {addiu(kS1, kS1, 1), lbu(kT0, 5, kS0), andi(kT0, kT0, 1), beq(kT0, kZero, -4), kNop,
                lbu(kT1, 0, kS0), sb(kT1, 0, kS0), addiu(kT2, kZero, 'q'), bne(kT1, kT2, -9), kNop,
                lui(kT0, 0xbc00), ori(kT0, kT0, 0x1000), andi(kV0, kS1, 0x3f), sll(kV0, kV0, 1),
                ori(kV0, kV0, 1), sw(kV0, 0, kT0), kHere, kNop});
  auto live = boot(raw_kernel(code));
  std::string typed{"hello q"}, echoed;
  int polls = 0;
  live->set_console_output([&](ConsoleChannel, char byte) { echoed += byte; });
  live->set_console_source([&](std::chrono::nanoseconds) -> std::optional<std::string> {
    if (++polls % 2 != 0 || typed.empty()) return std::string{};
    const std::string one = typed.substr(0, 1);
    typed.erase(0, 1);
    return one;
  });
  CHECK(run(*live) == RunEnd::kPowerOff);
  CHECK(echoed == "hello q");
  CHECK(live->console_recording().size() == 7);

  auto replay = boot(raw_kernel(code));
  for (const ConsoleInput& input : live->console_recording()) replay->add_console_input(input);
  CHECK(run(*replay) == RunEnd::kPowerOff);
  CHECK(replay->exit_code() == live->exit_code());
  CHECK(replay->now() == live->now());
  CHECK(replay->digest() == live->digest());
}

TEST_CASE("Machine: input wakes a machine that nothing else can wake", "[config]") {
  // The receiver's interrupt through MAGIC to IP2, then doze; exits with the byte.
  Words code{lui(kS0, 0xbc00),
             addiu(kT0, kZero, 1),
             sb(kT0, 1, kS0),
             lui(kS1, 0xbc3f),
             ori(kS1, kS1, 0xf000),
             sw(kT0, 0xc, kS1),
             ori(kT1, kZero, 0x0400),
             mtc0(kT1, kStatus),
             sw(kZero, 0x38, kS1),
             lbu(kV0, 0, kS0),
             sll(kV0, kV0, 1),
             ori(kV0, kV0, 1),
             ori(kT0, kS0, 0x1000),
             sw(kV0, 0, kT0),
             kHere,
             kNop};
  auto machine = boot(raw_kernel(code));
  int waits = 0;
  machine->set_console_source([&](std::chrono::nanoseconds idle) -> std::optional<std::string> {
    if (idle != Machine::kForever) return std::string{};
    return ++waits < 3 ? std::string{} : std::string{"*"};
  });
  CHECK(run(*machine) == RunEnd::kPowerOff);
  CHECK(machine->exit_code() == '*');
  CHECK(waits == 3);

  auto alone = boot(raw_kernel(code));
  alone->set_console_source(
      [](std::chrono::nanoseconds) -> std::optional<std::string> { return std::nullopt; });
  CHECK(run(*alone) == RunEnd::kIdleForever);
}

namespace {

/// Lets the UART's interrupts `enabled` through MAGIC to IP2, dozes, and exits with register
/// `offset` of it.
BootImage wakened_by_uart(unsigned enabled, unsigned offset) {
  const Words code{lui(kS0, 0xbc00),
                   addiu(kT0, kZero, enabled),
                   sb(kT0, 1, kS0),
                   lui(kS1, 0xbc3f),
                   ori(kS1, kS1, 0xf000),
                   addiu(kT0, kZero, 1),
                   sw(kT0, 0xc, kS1),
                   ori(kT1, kZero, 0x0400),
                   mtc0(kT1, kStatus),
                   sw(kZero, 0x38, kS1),
                   lbu(kV0, offset, kS0),
                   sll(kV0, kV0, 1),
                   ori(kV0, kV0, 1),
                   ori(kT0, kS0, 0x1000),
                   sw(kV0, 0, kT0),
                   kHere,
                   kNop};
  return raw_kernel(code);
}

}  // namespace

TEST_CASE("Machine: the end of input hangs up the serial line, once, and replays", "[config]") {
  const BootImage kernel = wakened_by_uart(8, 6);
  auto live = boot(kernel);
  int asked = 0;
  live->set_console_source([&](std::chrono::nanoseconds idle) -> std::optional<std::string> {
    if (idle != Machine::kForever || ++asked < 3) return std::string{};
    return std::nullopt;
  });
  CHECK(run(*live) == RunEnd::kPowerOff);
  CHECK(asked == 3);
  CHECK(live->exit_code() == 0x38);  // the carrier is gone, and that is new
  REQUIRE(live->console_recording().size() == 1);
  CHECK(live->console_recording()[0].hangs_up);

  auto replay = boot(kernel);
  replay->add_console_input(live->console_recording()[0]);
  CHECK(run(*replay) == RunEnd::kPowerOff);
  CHECK(replay->digest() == live->digest());

  MachineConfig other = small_machine();
  other.virtio_console = true;  // cannot tell
  auto deaf = boot(kernel, other);
  deaf->set_console_source(
      [](std::chrono::nanoseconds) -> std::optional<std::string> { return std::nullopt; });
  CHECK(run(*deaf) == RunEnd::kIdleForever);
}

TEST_CASE("Machine: where a person types, what is slept takes as long", "[config]") {
  const auto pace = GENERATE(InputPace::kSimulated, InputPace::kReal);
  constexpr std::chrono::milliseconds kPause{10};
  auto machine = boot(wakened_by_uart(1, 0));
  int asked = 0;
  machine->set_console_source(
      [&](std::chrono::nanoseconds idle) -> std::optional<std::string> {
        if (idle != Machine::kForever) return std::string{};
        std::this_thread::sleep_for(kPause);
        return ++asked < 3 ? std::string{} : std::string{"*"};
      },
      pace);
  CHECK(run(*machine) == RunEnd::kPowerOff);
  CHECK(machine->exit_code() == '*');
  const double seconds =
      static_cast<double>(machine->now().count()) / static_cast<double>(machine->config().clock_hz);
  CHECK((seconds >= 0.03) == (pace == InputPace::kReal));
}

TEST_CASE("Machine: the source of input hears how long a guest sleeps", "[config]") {
  // Wakes every 2 million cycles by the timer and sleeps again, until a byte is there.
  const auto listening = GENERATE(true, false);
  CAPTURE(listening);
  Words code{lui(kS0, 0xbc00),      addiu(kT0, kZero, listening ? 1 : 0),
             sb(kT0, 1, kS0),       lui(kS1, 0xbc3f),
             ori(kS1, kS1, 0xf000), addiu(kT0, kZero, 1),
             sw(kT0, 0xc, kS1),     ori(kT1, kZero, 0x8400),
             mtc0(kT1, kStatus),    lui(kT1, 0x000f)};
  append(code,
         {mfc0(kT0, kCount), addu(kT0, kT0, kT1), mtc0(kT0, kCompare), sw(kZero, 0x38, kS1),
          lbu(kT0, 5, kS0), andi(kT0, kT0, 1), beq(kT0, kZero, -7), kNop, lbu(kV0, 0, kS0),
          sll(kV0, kV0, 1), ori(kV0, kV0, 1), ori(kT0, kS0, 0x1000), sw(kV0, 0, kT0), kHere, kNop});
  auto machine = boot(raw_kernel(code));
  double told = 0, slept = 0;
  bool typed = false;
  machine->set_console_source([&](std::chrono::nanoseconds idle) -> std::optional<std::string> {
    if (idle == Machine::kForever) return std::nullopt;
    told += static_cast<double>(idle.count()) * 1e-9;
    slept = static_cast<double>(machine->now().count()) /
            static_cast<double>(machine->config().clock_hz);
    if (machine->now() < Cycles{100'000'000} || std::exchange(typed, true)) return std::string{};
    return std::string{"*"};
  });
  CHECK(run(*machine) == RunEnd::kPowerOff);
  CHECK(machine->exit_code() == '*');
  if (listening) {
    CHECK(told > 0.95 * slept);
    CHECK(told < 1.05 * slept);
  } else {
    CHECK(told == 0);
  }
}

TEST_CASE("Machine: how a run is cut into pieces changes nothing", "[config]") {
  const auto fidelity =
      GENERATE(cpu::Fidelity::kFunctional, cpu::Fidelity::kTlb, cpu::Fidelity::kMemory);
  MachineConfig config = small_machine();
  config.fidelity = fidelity;
  auto whole = boot(busy_kernel(500), config);
  std::string console;
  whole->set_console_output([&](ConsoleChannel, char byte) { console += byte; });
  CHECK(run(*whole) == RunEnd::kPowerOff);
  CHECK_FALSE(console.empty());

  const unsigned seed = GENERATE(1U, 2U, 3U);
  INFO("seed " << seed);
  std::mt19937_64 random{seed};
  auto pieces = boot(busy_kernel(500), config);
  std::string other;
  pieces->set_console_output([&](ConsoleChannel, char byte) { other += byte; });
  for (;;) {
    RunLimits limits;
    switch (random() % 3) {
      case 0: limits.cycles = pieces->now() + Cycles{random() % 300}; break;
      case 1: limits.instructions = pieces->retired() + random() % 300; break;
      default: static_cast<void>(pieces->step(CpuId{0})); continue;
    }
    if (run(*pieces, limits) == RunEnd::kPowerOff) break;
  }
  CHECK(other == console);
  CHECK(pieces->now() == whole->now());
  CHECK(pieces->digest() == whole->digest());
}

namespace {

/// CPU 0 launches CPU 1 (node 1), which dozes until an IPI comes, answers by an IPI and counts on
/// in memory; CPU 0 waits dozing for the answer and for the count.
BootImage two_cpu_kernel() {
  Words boot_cpu{lui(kS0, 0xbc40),  // CPU 0's interface; CPU 1's is 0x1000 on
                 lui(kT0, 0x8010),
                 ori(kT0, kT0, 0x0400),
                 sw(kT0, 0x1034, kS0),  // LAUNCH_PC, lower half
                 ori(kT1, kZero, 0x0800),
                 mtc0(kT1, kStatus),  // IM3
                 addiu(kT2, kZero, 200),
                 addiu(kT2, kT2, -1),
                 bne(kT2, kZero, -2),
                 kNop,
                 addiu(kT0, kZero, 1),
                 sw(kT0, 0x1014, kS0),  // IPI to CPU 1
                 sw(kZero, 0x38, kS0),  // doze
                 lw(kT1, 0x1c, kS0),
                 sw(kT1, 0x1c, kS0),  // take and clear the answer
                 lui(kS3, 0x8020),
                 addiu(kT2, kZero, 1000),
                 lw(kT0, 0, kS3),
                 bne(kT0, kT2, -2),
                 kNop};
  append(boot_cpu, power_off(11));
  const Words other_cpu{lui(kS0, 0xbc3f),
                        ori(kS0, kS0, 0xf000),
                        ori(kT1, kZero, 0x0800),
                        mtc0(kT1, kStatus),
                        sw(kZero, 0x38, kS0),  // doze
                        lw(kT1, 0x1c, kS0),
                        sw(kT1, 0x1c, kS0),
                        lui(kT0, 0xbc40),
                        addiu(kT2, kZero, 1),
                        sw(kT2, 0x14, kT0),  // IPI to CPU 0
                        lui(kS3, 0x8020),
                        addiu(kT2, kZero, 1000),
                        lw(kT0, 0, kS3),
                        addiu(kT0, kT0, 1),
                        sw(kT0, 0, kS3),
                        bne(kT0, kT2, -4),
                        kNop,
                        kHere,
                        kNop};
  ElfMaker elf;
  elf.add(0xffffffff80100000, boot_cpu);
  elf.add(0xffffffff80100400, other_cpu);
  BootImage image;
  image.kernel = {"two.elf", elf.make()};
  return image;
}

MachineConfig two_nodes() {
  MachineConfig config = small_machine();
  config.nodes = 2;
  config.quantum = Cycles{100};
  return config;
}

}  // namespace

TEST_CASE("Machine: CPUs are launched, interrupt and wake each other across nodes", "[config]") {
  auto machine = boot(two_cpu_kernel(), two_nodes());
  CHECK(machine->cpu_count() == 2);
  CHECK(run(*machine, {.cycles = Cycles{1'000'000}}) == RunEnd::kPowerOff);
  CHECK(machine->exit_code() == 11);
  CHECK(machine->cpu(CpuId{1}).retired() > 4000);
}

TEST_CASE("Machine: with several CPUs, too, cutting a run into pieces changes nothing",
          "[config]") {
  MachineConfig config = two_nodes();
  config.turns = GENERATE(0U, 1U);
  auto whole = boot(two_cpu_kernel(), config);
  CHECK(run(*whole) == RunEnd::kPowerOff);
  const unsigned seed = GENERATE(1U, 2U, 3U);
  INFO("turns " << config.turns << ", seed " << seed);
  std::mt19937_64 random{seed};
  auto pieces = boot(two_cpu_kernel(), config);
  RunEnd end{};
  do {
    RunLimits limits;
    if (random() % 2 == 0) {
      limits.instructions = pieces->retired() + random() % 90;
    } else {
      limits.cycles = pieces->now() + Cycles{random() % 150};
    }
    end = run(*pieces, limits);
  } while (end != RunEnd::kPowerOff);
  CHECK(pieces->digest() == whole->digest());
}

TEST_CASE("Machine: the quantum decides how finely CPUs interleave, and nothing else does",
          "[config]") {
  MachineConfig coarse = two_nodes();
  coarse.quantum = Cycles{1000};
  auto a = boot(two_cpu_kernel(), two_nodes());
  auto b = boot(two_cpu_kernel(), coarse);
  auto c = boot(two_cpu_kernel(), coarse);
  for (Machine* machine : {a.get(), b.get(), c.get()}) CHECK(run(*machine) == RunEnd::kPowerOff);
  CHECK(b->digest() == c->digest());
  CHECK(a->digest() != b->digest());
}

TEST_CASE("Machine: the seed of turns decides in which order CPUs interleave", "[config]") {
  const auto with_turns = [](std::uint64_t turns) {
    MachineConfig config = two_nodes();
    config.turns = turns;
    return boot(two_cpu_kernel(), config);
  };
  auto in_turn = with_turns(0), one = with_turns(1), again = with_turns(1), two = with_turns(2);
  for (Machine* machine : {in_turn.get(), one.get(), again.get(), two.get()}) {
    CHECK(run(*machine) == RunEnd::kPowerOff);
    CHECK(machine->exit_code() == 11);
  }
  CHECK(one->digest() == again->digest());
  CHECK(one->digest() != two->digest());
  CHECK(one->digest() != in_turn->digest());
}

TEST_CASE("Machine: the low alias shows a CPU its own node's first megabyte", "[config]") {
  // CPU 1 (node 1) stores through KSEG0, switches its alias on, and reads the same address again.
  const Words boot_cpu{
      lui(kT0, 0x8010), ori(kT0, kT0, 0x0400), lui(kS0, 0xbc40), sw(kT0, 0x1034, kS0), kHere, kNop};
  // Node 1's controller is at 0x900000011c020000 (XKPHYS, uncached); 0x3c is DSLL32, 0x25 OR.
  const Words other_cpu{ori(kT0, kZero, 0x80),
                        mtc0(kT0, kStatus),  // KX
                        lui(kS3, 0x8000),
                        addiu(kT1, kZero, 0x55),
                        sw(kT1, 0x2000, kS3),
                        lui(kT0, 0x9000),
                        special(0x3c, 0, kT0, kT0),
                        addiu(kT2, kZero, 1),
                        special(0x3c, 0, kT2, kT2),
                        special(0x25, kT0, kT2, kT0),
                        lui(kT2, 0x1c02),
                        special(0x25, kT0, kT2, kT0),
                        lw(kA0, 0x2000, kS3),
                        addiu(kT1, kZero, 1),
                        sw(kT1, 0x3c, kT0),
                        lw(kA1, 0x2000, kS3),
                        lui(kT0, 0xbc00),
                        ori(kT0, kT0, 0x1000),
                        xor_(kV0, kA0, kA1),
                        sll(kV0, kV0, 1),
                        ori(kV0, kV0, 1),
                        sw(kV0, 0, kT0),
                        kHere,
                        kNop};
  ElfMaker elf;
  elf.add(0xffffffff80100000, boot_cpu);
  elf.add(0xffffffff80100400, other_cpu);
  BootImage image;
  image.kernel = {"alias.elf", elf.make()};
  auto machine = boot(image, two_nodes());
  CHECK(run(*machine, {.cycles = Cycles{100'000}}) == RunEnd::kPowerOff);
  CHECK(machine->exit_code() == 0x55);
  CHECK(gpr(*machine, kA0, CpuId{1}) == 0x55);
  CHECK(gpr(*machine, kA1, CpuId{1}) == 0);
}

TEST_CASE("Machine: host reads and writes reach RAM and only RAM", "[config]") {
  MachineConfig config = small_machine();
  config.nodes = 2;
  auto machine = boot(raw_kernel(power_off(1)), config);
  const std::vector<std::byte> word{std::byte{0x12}, std::byte{0x34}, std::byte{0},
                                    std::byte{0},    std::byte{0},    std::byte{0},
                                    std::byte{0},    std::byte{0x78}};
  CHECK(machine->write_memory(MachineAddr{0x100200000}, word));
  CHECK(machine->read_word(MachineAddr{0x100200000}) == 0x1234000000000078);
  CHECK_FALSE(machine->write_memory(MachineAddr{4 * kMiB - 4}, word));
  CHECK_FALSE(machine->read_word(MachineAddr{0x1c000000}));
  CHECK_FALSE(machine->read_word(MachineAddr{0x200000000}));

  SECTION("a write to code that ran is executed") {
    CHECK(run(*machine, {.instructions = 2}) == RunEnd::kInstructionLimit);
    const auto patch = big_endian({addiu(kV0, kZero, 2 << 1 | 1)});
    CHECK(machine->write_memory(MachineAddr{0x100008}, patch));
    CHECK(run(*machine) == RunEnd::kPowerOff);
    CHECK(machine->exit_code() == 2);
  }
}
