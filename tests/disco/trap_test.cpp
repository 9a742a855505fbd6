// Exceptions, interrupts, time, the FPU and devices, as a guest sees them.
#include "tests/disco/vm_fixture.hpp"

namespace disco::test {

namespace {

constexpr std::uint64_t kPc = kCssegWindow + 0x1000;
constexpr std::uint64_t kUart = kCssegDevices, kPower = kCssegDevices + 0x1000,
                        kPi = kCssegDevices + 0x3ff000;
constexpr unsigned kLb = 0x20, kLw = 0x23, kLbu = 0x24, kLwu = 0x27, kLd = 0x37, kSb = 0x28,
                   kSw = 0x2b, kSd = 0x3f;

unsigned code_of(const Vcpu& vcpu) {
  return static_cast<unsigned>(vcpu.cp0[cp0::kCause] >> 2) & 31;
}

/// A load or store of `rt` (t0) at `va`.
TrapAnswer access(VmFixture& g, unsigned opcode, std::uint64_t va, std::uint32_t branch = 0) {
  g.vcpu.context.gpr[9] = va - 8;
  const std::uint32_t word = memory_op(opcode, 8, 9, 8);
  const PhysAddr at = VmFixture::window(g.vcpu.context.pc);
  g.put(at, branch != 0 ? branch : word);
  if (branch != 0) g.put(at + 4, word);
  const bool store = opcode == kSb || opcode == kSw || opcode == kSd;
  g.vcpu.context.cause =
      static_cast<std::uint64_t>(store ? ExceptionCode::kTlbS : ExceptionCode::kTlbL) << 2 |
      (branch != 0 ? cause::kBd : 0);
  g.vcpu.context.bad_vaddr = va;
  return g.enter(TrapVector::kRefill);
}
void store(VmFixture& g, unsigned opcode, std::uint64_t va, std::uint64_t value) {
  g.vcpu.context.gpr[8] = value;
  g.vcpu.context.pc = kPc;
  CHECK(access(g, opcode, va) == TrapAnswer::kHandled);
}
std::uint64_t load(VmFixture& g, unsigned opcode, std::uint64_t va) {
  g.vcpu.context.pc = kPc;
  CHECK(access(g, opcode, va) == TrapAnswer::kHandled);
  CHECK(g.vcpu.context.pc == kPc + 4);
  return g.vcpu.context.gpr[8];
}

}  // namespace

TEST_CASE("Exceptions: EPC, BD and the vector are the processor's", "[disco][trap]") {
  VmFixture g;
  SECTION("in a delay slot") {
    g.trap(ExceptionCode::kSys, 0x0000000c, branch_op(4, 0, 0, 4));
    CHECK(g.vcpu.cp0[cp0::kEpc] == kPc);
    CHECK(g.vcpu.cp0.has(status::kExl));
    CHECK((g.vcpu.cp0[cp0::kCause] & cause::kBd) != 0);
  }
  SECTION("not in one") {
    g.vcpu.cp0[cp0::kCause] = cause::kBd;
    g.trap(ExceptionCode::kBp, 0x0000000d);
    CHECK(g.vcpu.cp0[cp0::kEpc] == kPc);
    CHECK((g.vcpu.cp0[cp0::kCause] & cause::kBd) == 0);
  }
  CHECK(g.vcpu.context.pc == kCssegWindow + 0x180);
  CHECK(g.counters.reflected == 1);
}

TEST_CASE("Exceptions: with EXL set EPC and BD keep their older values", "[disco][trap]") {
  VmFixture g;
  REQUIRE(g.vcpu.set_status(status::kExl) == TrapAnswer::kHandled);
  g.vcpu.cp0[cp0::kEpc] = 0x1234;
  g.trap(ExceptionCode::kOv, 0, branch_op(4, 0, 0, 4));
  CHECK(g.vcpu.cp0[cp0::kEpc] == 0x1234);
  CHECK((g.vcpu.cp0[cp0::kCause] & cause::kBd) == 0);
  CHECK(code_of(g.vcpu) == 12);
}

TEST_CASE("Exceptions: a user's privileged instruction is its kernel's business, CU0 or not",
          "[disco][trap]") {
  VmFixture g;
  const bool cu0 = GENERATE(false, true);
  REQUIRE(g.vcpu.set_status(status::kKsuUser << 3 | (cu0 ? status::kCu0 : 0)) ==
          TrapAnswer::kHandled);
  CHECK(g.privileged(mfc0(8, cp0::kPrId)) == TrapAnswer::kHandled);
  CHECK(g.counters.emulated_mfc0 == (cu0 ? 1u : 0u));
  CHECK(g.vcpu.context.pc == (cu0 ? kPc + 4 : kCssegWindow + 0x180));
  if (!cu0) CHECK(code_of(g.vcpu) == 11);
}

TEST_CASE("Exceptions: encodings of coprocessor 0 that are no instruction are reserved",
          "[disco][trap]") {
  VmFixture g;
  const auto word =
      GENERATE(0x42000020u, 0x42000003u, 0x40400000u, 0x40000001u, 0x42001002u, 0x41000000u);
  CHECK(g.privileged(word) == TrapAnswer::kHandled);
  CHECK(code_of(g.vcpu) == 10);
}

TEST_CASE("Counters: an emulated instruction counts once, and for its own kind", "[disco][trap]") {
  using Counter = std::uint64_t Counters::*;
  static constexpr Counter kEmulated[] = {
      &Counters::emulated_mfc0,  &Counters::emulated_mtc0,  &Counters::emulated_tlbwr,
      &Counters::emulated_tlbwi, &Counters::emulated_tlbp,  &Counters::emulated_tlbr,
      &Counters::emulated_eret,  &Counters::emulated_cache, &Counters::emulated_device};
  const auto [word, kind] =
      GENERATE(table<std::uint32_t, Counter>({{mfc0(8, cp0::kEpc), &Counters::emulated_mfc0},
                                              {dmfc0(8, cp0::kEntryHi), &Counters::emulated_mfc0},
                                              {mtc0(8, cp0::kEntryLo0), &Counters::emulated_mtc0},
                                              {dmtc0(8, cp0::kEntryLo1), &Counters::emulated_mtc0},
                                              {kTlbwr, &Counters::emulated_tlbwr},
                                              {kTlbwi, &Counters::emulated_tlbwi},
                                              {kTlbp, &Counters::emulated_tlbp},
                                              {kTlbr, &Counters::emulated_tlbr},
                                              {kEret, &Counters::emulated_eret},
                                              {cache(0x15, 9, 8), &Counters::emulated_cache}}));
  VmFixture g;
  g.quick = GENERATE(false, true);
  g.vcpu.context.gpr[9] = kCssegWindow + 0x3040;
  for (std::uint64_t times = 1; times <= 3; ++times) {
    g.vcpu.cp0[cp0::kEpc] = g.vcpu.context.pc = kPc;
    CHECK(g.privileged(word) == TrapAnswer::kHandled);
    CHECK(g.counters.traps_privileged == times);
    for (const Counter counter : kEmulated)
      CHECK(g.counters.*counter == (counter == kind ? times : 0));
  }
}

TEST_CASE("Exceptions: handlers that fault endlessly stop the guest", "[disco][trap]") {
  VmFixture g;
  TrapAnswer answer = TrapAnswer::kHandled;
  unsigned traps = 0;
  while (answer == TrapAnswer::kHandled && ++traps < 1000) answer = g.trap(ExceptionCode::kRi, 0);
  CHECK(answer == TrapAnswer::kStop);
  CHECK(traps < 100);
  CHECK(g.vcpu.stop.code == StopCode::kEndlessExceptions);
}

TEST_CASE("Status: modes that the monitor does not provide stop the guest", "[disco][trap]") {
  VmFixture g;
  const auto bits =
      GENERATE(values<std::uint64_t>({status::kRe, status::kBev, status::kKsuSupervisor << 3}));
  g.vcpu.context.gpr[8] = bits;
  CHECK(g.privileged(mtc0(8, cp0::kStatus)) == TrapAnswer::kStop);
  CHECK(g.vcpu.stop.code == StopCode::kUnsupportedMode);
}

TEST_CASE("Status: what the machine runs a guest with", "[disco][trap]") {
  using namespace status;
  VmFixture g;
  const std::uint64_t always = kIe | kKx, never = kCu0 | kBev | kRe | kExl | kErl;
  struct Row {
    std::uint64_t virtual_status, set, clear;
  };
  const auto row =
      GENERATE(Row{0, kSx | kKsuSupervisor << 3, kUx | kXx | kFr}, Row{kUx, kSx, kUx},
               Row{kKsuUser << 3, kKsuUser << 3, kKsuSupervisor << 3},
               Row{kKx | kKsuUser << 3 | kExl, kSx | kKsuSupervisor << 3, 0},
               Row{kUx | kKsuUser << 3 | kErl, kKsuSupervisor << 3, kUx},
               Row{kKx | kUx | kXx | kFr, kUx | kXx | kFr, 0}, Row{kCu0 | kCu1, 0, kCu1});
  REQUIRE(g.vcpu.set_status(row.virtual_status) == TrapAnswer::kHandled);
  const std::uint64_t real = g.vcpu.context.status;
  CHECK((real & always) == always);
  CHECK((real & never) == 0);
  CHECK((real & row.set) == row.set);
  CHECK((real & row.clear) == 0);
}

TEST_CASE("FPU: its first user gets it, and its registers", "[disco][trap]") {
  VmFixture g;
  SECTION("without CU1 the guest's kernel hears of it") {
    g.trap(ExceptionCode::kCpU, 0x46000000, 0, 1);
    CHECK(code_of(g.vcpu) == 11);
    CHECK((g.vcpu.cp0[cp0::kCause] & cause::kCe) >> 28 == 1);
  }
  SECTION("with it the instruction is tried again") {
    g.vcpu.fpu.registers[5] = 55;
    REQUIRE(g.vcpu.set_status(status::kCu1) == TrapAnswer::kHandled);
    g.trap(ExceptionCode::kCpU, 0x46000000, 0, 1);
    CHECK(g.vcpu.context.pc == kPc);
    CHECK((g.vcpu.context.status & status::kCu1) != 0);
    CHECK(g.hardware.fpu.registers[5] == 55);
  }
}

TEST_CASE("FPU: a branch on its condition decides where a delay slot goes on", "[disco][trap]") {
  VmFixture g;
  g.vcpu.owns_fpu = true;
  const unsigned cc = GENERATE(0u, 1u, 7u);
  const bool set = GENERATE(false, true), on_true = GENERATE(false, true);
  g.hardware.fpu.fcsr = set ? std::uint64_t{1} << (cc == 0 ? 23 : 24 + cc) : 0;
  const std::uint32_t bc1 = 0x45000000u | cc << 18 | (on_true ? 1u << 16 : 0u) | 0x10;
  CHECK(g.privileged(mfc0(8, cp0::kPrId), bc1) == TrapAnswer::kHandled);
  CHECK(g.vcpu.context.pc == (set == on_true ? kPc + 4 + 0x40 : kPc + 8));
}

TEST_CASE("Time: Count runs with the machine's, by an offset", "[disco][time]") {
  VmFixture g;
  g.vcpu.context.gpr[8] = 5;
  CHECK(g.privileged(mtc0(8, cp0::kCount)) == TrapAnswer::kHandled);
  g.hardware.advance(100);
  CHECK(g.privileged(mfc0(9, cp0::kCount)) == TrapAnswer::kHandled);
  CHECK(g.vcpu.context.gpr[9] == 105);
}

TEST_CASE(
    "Time: Compare interrupts when the virtual Count gets there, and is acknowledged by writing it",
    "[disco][time]") {
  VmFixture g;
  REQUIRE(g.vcpu.set_status(status::kIe | 0x8000) == TrapAnswer::kHandled);
  g.vcpu.context.gpr[8] = 0;
  g.privileged(mtc0(8, cp0::kCount));
  g.vcpu.context.gpr[8] = 50;
  g.privileged(mtc0(8, cp0::kCompare));
  CHECK(g.hardware.timer - g.hardware.now == 50);
  g.hardware.advance(49);
  CHECK_FALSE(g.hardware.timer_pending);
  g.hardware.advance(1);
  REQUIRE(g.hardware.timer_pending);
  const std::uint64_t pc = g.vcpu.context.pc;
  CHECK(g.trap(ExceptionCode::kInt, 0) == TrapAnswer::kHandled);
  CHECK(g.vcpu.context.pc == kCssegWindow + 0x180);
  CHECK(g.vcpu.cp0[cp0::kEpc] == pc);
  CHECK(code_of(g.vcpu) == 0);
  CHECK((g.vcpu.cause() & cause::kIpTimer) != 0);
  CHECK_FALSE(g.hardware.timer_pending);
  g.privileged(mtc0(8, cp0::kCompare));
  CHECK((g.vcpu.cause() & cause::kIpTimer) == 0);
}

TEST_CASE("Time: a Compare that emulation let pass is delivered at once", "[disco][time]") {
  VmFixture g;
  g.privileged(mfc0(8, cp0::kCount));
  const std::uint64_t seen = g.vcpu.context.gpr[8];
  g.hardware.advance(200);
  g.vcpu.context.gpr[8] = seen + 100;
  g.privileged(mtc0(8, cp0::kCompare));
  CHECK((g.vcpu.cause() & cause::kIpTimer) != 0);
  SECTION("one that was in the past already then is not") {
    g.privileged(mfc0(8, cp0::kCount));
    g.vcpu.context.gpr[8] -= 10;
    g.privileged(mtc0(8, cp0::kCompare));
    CHECK((g.vcpu.cause() & cause::kIpTimer) == 0);
  }
}

TEST_CASE("Interrupts: masked ones wait, and come when Status lets them", "[disco][time]") {
  VmFixture g;
  g.vcpu.context.gpr[8] = cause::kIpSoftware;
  g.privileged(mtc0(8, cp0::kCause));
  CHECK(g.vcpu.context.pc == kPc + 4);
  g.vcpu.context.gpr[8] = status::kIe | 0x100;
  g.privileged(mtc0(8, cp0::kStatus));
  CHECK(g.vcpu.context.pc == kCssegWindow + 0x180);
  CHECK(g.vcpu.cp0[cp0::kEpc] == kPc + 8);
  CHECK(g.counters.reflected_interrupt == 1);
}

TEST_CASE("Doze: the guest sleeps until an interrupt that it has not masked", "[disco][time]") {
  VmFixture g;
  REQUIRE(g.vcpu.set_status(0x8000) == TrapAnswer::kHandled);  // IE = 0 does not matter
  g.vcpu.context.gpr[8] = g.hardware.now + 450;
  g.privileged(mtc0(8, cp0::kCompare));
  store(g, kSd, kPi + 0x38, 1);
  CHECK(g.hardware.dozes == 5);
  CHECK(g.vcpu.context.pc == kPc + 4);
  CHECK_FALSE(g.vcpu.is_dozing);
  SECTION("and not at all if one is pending") {
    store(g, kSd, kPi + 0x38, 1);
    CHECK(g.hardware.dozes == 5);
  }
}

TEST_CASE("Devices: loads extend as their instruction says, and $zero stays zero",
          "[disco][device]") {
  VmFixture g;
  g.type({0xf3});
  CHECK(load(g, kLb, kUart) == 0xfffffffffffffff3);
  CHECK(load(g, kLbu, kUart) == 0xf3);
  g.hardware.now = 0x40000000;  // nanoseconds 0x140000000
  CHECK(load(g, kLd, kCssegDevices + 0x2000) == 0x140000000);
  CHECK(load(g, kLw, kCssegDevices + 0x2000) == 1);
  g.hardware.now = 0x7fffffff;
  CHECK(load(g, kLwu, kCssegDevices + 0x2004) == 0x40000000);  // latched with the upper half
  g.put(VmFixture::window(kPc), memory_op(kLbu, 0, 9, 8));
}

TEST_CASE("Devices: in a delay slot the branch is taken afterwards", "[disco][device]") {
  VmFixture g;
  g.vcpu.context.gpr[8] = 'x';
  CHECK(access(g, kSb, kUart, branch_op(4, 0, 0, 0x20)) == TrapAnswer::kHandled);
  CHECK(g.hardware.console == "x");
  CHECK(g.vcpu.context.pc == kPc + 4 + 0x80);
}

TEST_CASE("Devices: what does not answer is a bus error in the guest", "[disco][device]") {
  VmFixture g;
  const auto va = GENERATE(kUart + 0x100, kCssegDevices + 0x500000, kPower + 0x10, kPi + 0x58);
  CHECK(access(g, kLw, va) == TrapAnswer::kHandled);
  CHECK(code_of(g.vcpu) == 7);
  CHECK(g.vcpu.context.pc == kCssegWindow + 0x180);
}

TEST_CASE("Devices: an instruction that is no plain load or store is a bus error",
          "[disco][device]") {
  VmFixture g;
  const auto opcode = GENERATE(0x22u, 0x30u, 0x31u, 0x38u, 0x1au);
  CHECK(access(g, opcode, kUart) == TrapAnswer::kHandled);
  CHECK(code_of(g.vcpu) == 7);
}

TEST_CASE("Devices: the UART interrupts through MAGIC when the guest enables both",
          "[disco][device]") {
  VmFixture g;
  store(g, kSb, kUart + 1, 1);
  g.hardware.input = {'a', 'b'};
  g.trap(ExceptionCode::kInt, 0);
  CHECK(g.vm.devices().interrupt_lines() == 0);
  CHECK(load(g, kLd, kPi) == 1);
  store(g, kSw, kPi + 0x0c, 1);
  CHECK(g.vm.devices().interrupt_lines() == 4);
  CHECK(load(g, kLbu, kUart) == 'a');
  CHECK(g.vm.devices().interrupt_lines() == 4);
  CHECK(load(g, kLbu, kUart) == 'b');
  CHECK(g.vm.devices().interrupt_lines() == 0);
}

TEST_CASE("Devices: input waits in the machine while the guest's receiver and queue are full",
          "[disco][device]") {
  VmFixture g;
  store(g, kSb, kUart + 2, 1);  // FIFOs
  constexpr unsigned kTyped = 120, kFifo = 16;
  for (unsigned n = 0; n < kTyped; ++n) g.hardware.input.push_back(static_cast<std::uint8_t>(n));
  g.processor.take_interrupts();
  CHECK(g.hardware.input.size() == kTyped - InputQueue::kBytes);
  CHECK_FALSE(g.hardware.listening);
  g.trap(ExceptionCode::kInt, 0);
  CHECK(g.hardware.listening);  // the receiver took some of it
  g.trap(ExceptionCode::kInt, 0);
  CHECK(g.hardware.input.size() == kTyped - InputQueue::kBytes - kFifo);
  CHECK_FALSE(g.hardware.listening);
  for (unsigned n = 0; n < kTyped; ++n) {
    CHECK(load(g, kLbu, kUart) == n);
    if (g.hardware.pending_interrupts() != 0) g.trap(ExceptionCode::kInt, 0);
  }
  CHECK(g.hardware.listening);
}

TEST_CASE("Devices: the receiver's trigger level tells data from a timeout", "[disco][device]") {
  constexpr unsigned kData = 4, kTimeout = 0xc, kNone = 1;
  const auto [bits, level] =
      GENERATE(table<std::uint64_t, unsigned>({{0x00, 1}, {0x40, 4}, {0x80, 8}, {0xc0, 14}}));
  VmFixture g;
  store(g, kSb, kUart + 2, bits | 1);
  store(g, kSb, kUart + 1, 1);
  for (unsigned n = 1; n <= 16; ++n) {
    CHECK((load(g, kLbu, kUart + 2) & 0xf) == (n == 1 ? kNone : n > level ? kData : kTimeout));
    g.type({static_cast<std::uint8_t>(n)});
  }
  CHECK((load(g, kLbu, kUart + 2) & 0xf) == kData);
}

TEST_CASE("Devices: the guest's carrier drops when it has read all that the console sent",
          "[disco][device]") {
  VmFixture g;
  store(g, kSb, kUart + 1, 8);
  store(g, kSw, kPi + 0x0c, 1);
  g.hardware.input = {'a', 'b'};
  g.hardware.has_hung_up = true;
  g.trap(ExceptionCode::kInt, 0);
  CHECK(load(g, kLbu, kUart + 6) == 0xb0);
  CHECK(load(g, kLbu, kUart) == 'a');
  CHECK(g.vm.devices().interrupt_lines() == 0);
  CHECK(load(g, kLbu, kUart) == 'b');
  CHECK(g.vm.devices().interrupt_lines() == 4);
  CHECK((load(g, kLbu, kUart + 2) & 0x0f) == 0);
  CHECK(load(g, kLbu, kUart + 6) == 0x38);
  CHECK(g.vm.devices().interrupt_lines() == 0);
  CHECK(load(g, kLbu, kUart + 6) == 0x30);
}

TEST_CASE("Devices: the power register ends the VM with what was written", "[disco][device]") {
  VmFixture g;
  const auto value = GENERATE(0u, 2u, 7u << 1 | 1);
  g.vcpu.context.gpr[8] = value;
  CHECK(access(g, kSw, kPower) == TrapAnswer::kStop);
  CHECK(g.vm.devices().power_value() == value);
  CHECK(static_cast<unsigned>(g.vcpu.stop.code) == 0);
}

TEST_CASE("Cache instructions: hit operations reach the machine's line, index operations nothing",
          "[disco][trap]") {
  VmFixture g;
  g.vcpu.context.gpr[9] = kCssegWindow + 0x3040;
  g.privileged(cache(0x15, 9, 8));
  REQUIRE(g.hardware.cache_lines.size() == 1);
  CHECK(g.hardware.cache_lines[0] == g.machine_page(3) + 0x48);
  g.vcpu.context.gpr[9] = 0xffffffff80000000;
  g.privileged(cache(0x01, 9, 0));
  CHECK(g.hardware.cache_lines.size() == 1);
  CHECK(g.counters.reflected == 0);
}

}  // namespace disco::test
