// Every privileged instruction, in and out of delay slots, with random operands: what the monitor
// makes of it against what the processor itself does with the same instruction in kernel mode. Not
// compared because they differ by nature: Count and Random, and addresses that contain where the
// code lies.
#include <random>

#include "machine/machine.hpp"
#include "tests/disco/vm_fixture.hpp"

namespace disco::test {

namespace {

using cpu::RegisterClass;

constexpr std::uint64_t kOffset = 0x100000;
constexpr std::uint64_t kNativeCode = 0xffffffff80000000 + kOffset;
constexpr std::uint64_t kGuestCode = kCssegWindow + kOffset;
constexpr std::uint64_t kNativeVectors = 0xffffffff80000000;

/// Registers that both have, without Count, Random, and the performance counters, which the monitor
/// does not virtualise.
constexpr unsigned kCompared[] = {
    cp0::kIndex,    cp0::kEntryLo0, cp0::kEntryLo1, cp0::kContext, cp0::kPageMask, cp0::kWired,
    cp0::kBadVAddr, cp0::kEntryHi,  cp0::kCompare,  cp0::kStatus,  cp0::kCause,    cp0::kEpc,
    cp0::kPrId,     cp0::kConfig,   cp0::kLlAddr,   cp0::kWatchLo, cp0::kWatchHi,  cp0::kXContext,
    cp0::kBrDiag,   cp0::kEcc,      cp0::kCacheErr, cp0::kTagLo,   cp0::kTagHi,    cp0::kErrorEpc};

struct Twins {
  Twins(std::uint64_t seed, bool quick, std::uint32_t tlb_entries = 64)
      : random{seed}, vm{{.tlb_entries = tlb_entries}} {
    vm.quick = quick;
    machine::MachineConfig settings;
    settings.tlb.entries = tlb_entries;
    settings.memory_per_node = 4 * kMiB;
    auto made = machine::Machine::make(settings);
    REQUIRE(made);
    machine = std::move(*made);
    machine->start_cpu(CpuId{0}, VirtAddr{kNativeCode}, 0, 0);
    machine->cpu(CpuId{0}).debug().write_register(RegisterClass::kCp0, cp0::kStatus, status::kKx);
    vm.hardware.now = 0;  // so that no Compare that is written has just passed
    vm.vcpu.cp0[cp0::kPrId] = native(cp0::kPrId);
    vm.vcpu.cp0[cp0::kConfig] = native(cp0::kConfig);
    REQUIRE(vm.vcpu.set_status(native(cp0::kStatus)) == TrapAnswer::kHandled);
  }

  cpu::DebugPort& debug() { return machine->cpu(CpuId{0}).debug(); }
  std::uint64_t native(unsigned number) {
    return debug().read_register(RegisterClass::kCp0, number);
  }
  std::uint64_t below(std::uint64_t n) { return random() % n; }

  // A few addresses and bits again and again, so that TLB instructions meet each other.
  std::uint64_t operand() {
    switch (below(4)) {
      case 0: return random();
      case 1: return below(4) << 13 | below(3);
      case 2: return below(64);
      default: return below(512) << 6 | below(64);
    }
  }

  void load_registers() {
    for (unsigned n = 1; n < 32; ++n) {
      const std::uint64_t value = operand();
      debug().write_register(RegisterClass::kGpr, n, value);
      vm.vcpu.context.gpr[n] = value;
    }
  }
  void set_gpr(unsigned n, std::uint64_t value) {
    debug().write_register(RegisterClass::kGpr, n, value);
    vm.vcpu.context.gpr[n] = value;
  }

  /// Runs `word` on both, in the delay slot of `branch` unless that is 0.
  void run(std::uint32_t word, std::uint32_t branch) {
    std::uint8_t code[8];
    const std::uint32_t first = branch != 0 ? branch : word;
    for (unsigned n = 0; n < 4; ++n) {
      code[n] = static_cast<std::uint8_t>(first >> (24 - 8 * n));
      code[4 + n] = static_cast<std::uint8_t>(word >> (24 - 8 * n));
    }
    debug().write_physical(PhysAddr{kOffset}, std::as_bytes(std::span{code}));
    debug().write_register(RegisterClass::kPc, 0, kNativeCode);
    const auto ended = machine->step(CpuId{0});
    REQUIRE(ended);

    vm.vcpu.context.pc = kGuestCode;
    vm.vcpu.nested_exceptions = 0;  // thousands of faults with EXL set are this test's nature
    REQUIRE(vm.privileged(word, branch) == TrapAnswer::kHandled);
  }

  /// An address of the guest's code as that of the same instruction in the other place.
  static std::uint64_t relocated(std::uint64_t value) {
    return value - kGuestCode < 16 ? value - kGuestCode + kNativeCode : value;
  }
  void compare() {
    for (const unsigned number : kCompared) {
      std::uint64_t expected = native(number), ours = read_cp0(vm.vcpu, number);
      if (number == cp0::kCause) expected &= ~cause::kIpTimer, ours &= ~cause::kIpTimer;
      ours = relocated(ours);
      INFO("CP0 register " << number);
      REQUIRE(ours == expected);
    }
    for (unsigned n = 0; n < 31; ++n) {
      INFO("GPR " << n);
      REQUIRE(relocated(vm.vcpu.context.gpr[n]) == debug().read_register(RegisterClass::kGpr, n));
    }
  }
  void compare_pc(bool absolute) {
    const std::uint64_t expected = debug().read_register(RegisterClass::kPc, 0);
    const std::uint64_t ours = vm.vcpu.context.pc;
    if (absolute) {
      REQUIRE(ours == expected);
    } else if (expected - kNativeVectors < 0x200) {
      REQUIRE(ours - kCssegWindow == expected - kNativeVectors);
    } else {
      REQUIRE(ours - kGuestCode == expected - kNativeCode);
    }
  }

  std::mt19937_64 random;
  VmFixture vm;
  std::unique_ptr<machine::Machine> machine;
};

/// Status that keeps both in kernel mode and within what the monitor provides, without interrupts.
std::uint64_t kernel_status(Twins& t) {
  std::uint64_t value = t.random() & ~(status::kRe | status::kBev | status::kIe | status::kErl);
  if (t.below(2) == 0) {
    value &= ~status::kKsu;
  } else {
    value |= status::kExl;
  }
  return value;
}

std::uint32_t random_move(Twins& t) {
  const unsigned rt = 8 + static_cast<unsigned>(t.below(16));  // t0-t3 and s0-s7 among them
  const unsigned number = kCompared[t.below(std::size(kCompared))];
  if (t.below(2) == 0) return t.below(2) == 0 ? mfc0(rt, number) : dmfc0(rt, number);
  if (number == cp0::kStatus) t.set_gpr(rt, kernel_status(t));
  // Watch does nothing below the monitor.
  if (number == cp0::kWatchLo) t.set_gpr(rt, t.operand() & ~std::uint64_t{3});
  if (number == cp0::kWired) t.set_gpr(rt, t.below(64));
  return t.below(2) == 0 ? mtc0(rt, number) : dmtc0(rt, number);
}

/// Any operation on a user address, or on what no mode may use: kernel addresses differ.
std::uint32_t random_cache(Twins& t) {
  constexpr std::uint64_t kNobodys = std::uint64_t{1} << 60;
  const auto op = static_cast<unsigned>(t.below(32));
  t.set_gpr(9, (t.below(8) == 0 ? kNobodys : 0) | t.below(6) << 13 | t.below(0x800) << 2);
  return cache(op, 9, static_cast<std::uint16_t>(t.below(0x1000)));
}

std::uint32_t random_instruction(Twins& t) {
  switch (t.below(12)) {
    case 0: return kTlbr;
    case 1:
    case 2: return kTlbwi;
    case 3: return kTlbp;
    case 4: return random_cache(t);
    default: return random_move(t);
  }
}

/// A branch on registers that the instruction may change; the jump's target register is aligned.
std::uint32_t random_branch(Twins& t, bool& absolute) {
  const auto reg = [&] { return 8 + static_cast<unsigned>(t.below(16)); };
  const auto words = static_cast<std::uint16_t>(t.below(1 << 16));
  absolute = false;
  switch (t.below(8)) {
    case 0: return branch_op(4, reg(), reg(), words);
    case 1: return branch_op(5, reg(), reg(), words);
    case 2: return branch_op(6, reg(), 0, words);
    case 3: return branch_op(7, reg(), 0, words);
    case 4: return branch_op(1, reg(), static_cast<unsigned>(t.below(2)), words);  // bltz, bgez
    case 5:
      return branch_op(1, reg(), 16 + static_cast<unsigned>(t.below(2)), words);  // bltzal, bgezal
    case 6: return 2u << 26 | static_cast<std::uint32_t>((kOffset >> 2) + t.below(1 << 16));  // j
    default: {
      absolute = true;
      const unsigned target = reg();
      t.set_gpr(target, t.random() & ~std::uint64_t{3});
      return target << 21 | 8;  // jr
    }
  }
}

void expect_same(Twins& t, std::uint32_t word, std::uint32_t branch, bool absolute) {
  const std::uint64_t before = t.debug().read_register(RegisterClass::kPc, 0);
  INFO("instruction " << std::hex << word << " in the slot of " << branch << " at " << before);
  t.run(word, branch);
  t.compare();
  t.compare_pc(absolute);
}

}  // namespace

TEST_CASE("Privileged instructions: the monitor does what the processor does", "[disco][native]") {
  const auto seed = GENERATE(1u, 2u, 3u, 4u);
  INFO("seed " << seed);
  const bool quick = GENERATE(true, false);
  const std::uint32_t entries = GENERATE(64u, 8u, 48u, 128u, 512u);
  INFO("TLB entries " << entries);
  Twins t{seed, quick, entries};
  for (int n = 0; n < 8000; ++n) {
    t.load_registers();
    expect_same(t, random_instruction(t), 0, false);
  }
  CHECK((t.vm.quick_answers > 2000) == quick);
}

TEST_CASE("Privileged instructions in delay slots: the branch is taken as the processor takes it",
          "[disco][native]") {
  const auto seed = GENERATE(1u, 2u, 3u, 4u);
  INFO("seed " << seed);
  const bool quick = GENERATE(true, false);
  Twins t{seed, quick};
  for (int n = 0; n < 8000; ++n) {
    t.load_registers();
    bool absolute = false;
    const std::uint32_t branch = random_branch(t, absolute);
    const std::uint32_t word = random_instruction(t);
    if (absolute && (word >> 26) == 0x2f)
      continue;  // an exception goes to the vector, not to the register
    expect_same(t, word, branch, absolute);
  }
  CHECK((t.vm.quick_answers > 800) == quick);
}

TEST_CASE("tlbwr: writes where the processor's does when only one index is left",
          "[disco][native]") {
  const bool quick = GENERATE(true, false);
  Twins t{7, quick};
  for (int n = 0; n < 3000; ++n) {
    t.load_registers();
    t.set_gpr(8, 63);
    expect_same(t, mtc0(8, cp0::kWired), 0, false);
    t.set_gpr(9, t.below(8) << 13 | t.below(3));
    expect_same(t, dmtc0(9, cp0::kEntryHi), 0, false);
    expect_same(t, kTlbwr, 0, false);
    expect_same(t, random_instruction(t), 0, false);
  }
}

TEST_CASE("eret: returns where and into what the processor does", "[disco][native]") {
  const bool quick = GENERATE(true, false);
  Twins t{9, quick};
  for (int n = 0; n < 3000; ++n) {
    t.load_registers();
    // Back to kernel mode, by EPC or by ErrorEPC; interrupts stay off.
    const std::uint64_t level =
        t.below(2) == 0 ? status::kExl : status::kErl | (t.random() & status::kExl);
    t.set_gpr(8, (kernel_status(t) & ~(status::kKsu | status::kExl)) | level);
    t.set_gpr(9, t.random());
    t.set_gpr(10, t.random());
    expect_same(t, dmtc0(9, cp0::kEpc), 0, false);
    expect_same(t, dmtc0(10, cp0::kErrorEpc), 0, false);
    expect_same(t, mtc0(8, cp0::kStatus), 0, false);
    expect_same(t, kEret, 0, true);
  }
}

}  // namespace disco::test
