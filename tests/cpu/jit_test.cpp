// What only the translator can get wrong: its memory for code, and what it says of itself. Whether
// it executes rightly all other tests of the engine say.
#include "tests/cpu/engine_rig.hpp"
#include "tests/support/catch.hpp"

using namespace cpu;
using namespace cpu::test;

namespace {

constexpr std::uint64_t kCode = 0x1000, kPatched = 0x2000;

CpuConfig translating(Fidelity fidelity, std::uint32_t after = 1) {
  CpuConfig config;
  config.engine = EngineKind::kJit;
  config.fidelity = fidelity;
  config.translate_after = after;
  return config;
}

/// Nothing to test where the host has no translator.
bool is_translated(const Rig& rig) { return rig.cpu.engine_counts().translated > 0; }

/// $8 rounds; each writes `addiu $2, $2, n` with another n over the code that it then calls.
void write_patching_program(Rig& rig) {
  rig.put(kCode, {word::lui(4, 0x8000), word::ori(4, 4, static_cast<int>(kPatched)),
                  word::lui(5, 0x2442),                    // addiu $2, $2, 0
                  word::addiu(6, 6, 1), 0x30c700ff,        // $7 = $6 & 255
                  word::addu(7, 7, 5), word::sw(7, 0, 4),  // the patch
                  0x0080f809, word::nop(),                 // jalr $4
                  word::addiu(8, 8, -1), word::bne(8, 0, -8), word::nop(), word::syscall()});
  rig.put(0x180, {word::beq(0, 0, -1), word::nop()});  // where the system call goes
  rig.put(kPatched, {word::nop(), word::jr(31), word::nop()});
}

}  // namespace

TEST_CASE("Jit: code that rewrites itself for longer than its memory lasts stays right",
          "[cpu][jit]") {
  const auto fidelity = GENERATE(Fidelity::kFunctional, Fidelity::kMemory);
  Rig rig{translating(fidelity)};
  write_patching_program(rig);
  constexpr std::uint64_t kRounds = 9000;
  rig.set_gpr(8, kRounds);
  std::uint64_t expected = 0;
  for (std::uint64_t n = 1; n <= kRounds; ++n) expected += n & 255;
  rig.cpu.run(Cycles{kRounds * 4000});
  CHECK(rig.gpr(8) == 0);
  CHECK(rig.gpr(2) == expected);
  if (is_translated(rig)) CHECK(rig.cpu.engine_counts().flushes > 0);
}

TEST_CASE("Jit: every instruction is counted once, as translated or with a reason", "[cpu][jit]") {
  Rig rig{translating(Fidelity::kTlb, 4)};
  rig.put(kCode, {word::addiu(2, 0, 1000), word::addiu(2, 2, -1), word::bne(2, 0, -2), word::nop(),
                  word::beq(0, 0, -1), word::nop()});
  rig.cpu.run(Cycles{5000});
  const EngineCounts counts = rig.cpu.engine_counts();
  std::uint64_t all = counts.translated;
  for (const std::uint64_t n : counts.interpreted) all += n;
  if (!is_translated(rig)) return;
  CHECK(all == rig.cpu.retired());
  CHECK(counts.translated > 4900);
  CHECK(counts.interpreted[static_cast<unsigned>(Interpreted::kSeldom)] >= 3 * 3);
  CHECK(counts.blocks >= 2);
  CHECK(counts.bytes > 0);
}

TEST_CASE("Jit: an observer of instructions keeps them from being translated, and is said to",
          "[cpu][jit]") {
  struct Nobody final : Observer {
  } nobody;
  Rig rig{translating(Fidelity::kTlb)};
  rig.put(kCode, {word::beq(0, 0, -1), word::nop()});
  rig.cpu.add_observer(nobody);
  rig.cpu.observation().set_instruction_events(true);
  rig.cpu.run(Cycles{1000});
  const EngineCounts counts = rig.cpu.engine_counts();
  CHECK(counts.translated == 0);
  CHECK(counts.interpreted[static_cast<unsigned>(Interpreted::kInstrumented)] <= rig.cpu.retired());
  rig.cpu.observation().set_instruction_events(false);
  rig.cpu.run(Cycles{100'000});
  const EngineCounts after = rig.cpu.engine_counts();
  if (after.blocks > 0) CHECK(after.translated > 90'000);
}

TEST_CASE("Jit: marks are reported at each arrival from translated code, at the same time",
          "[cpu][jit]") {
  struct Noter final : Observer {
    void on_mark(const MarkEvent& e) override { arrivals.push_back(e.at.cycle.count()); }
    std::vector<std::uint64_t> arrivals;
  };
  const auto arrivals_on = [](EngineKind engine) {
    CpuConfig config = translating(Fidelity::kTlb);
    config.engine = engine;
    Rig rig{config};
    rig.put(kCode, {word::addiu(2, 2, 1), word::addu(3, 3, 2), word::ddiv(3, 2),
                    word::beq(0, 0, -4), word::nop()});
    Noter noter;
    rig.cpu.add_observer(noter);
    rig.cpu.observation().add_mark(VirtAddr{kKseg0 + kCode + 4}, 1);
    rig.cpu.run(Cycles{20'000});
    return noter.arrivals;
  };
  const auto expected = arrivals_on(EngineKind::kInterpreter);
  CHECK(expected.size() > 100);
  CHECK(arrivals_on(EngineKind::kJit) == expected);
}
