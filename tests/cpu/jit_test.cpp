// What only the translator can get wrong: its memory for code, and what it says of itself. Whether
// it executes rightly all other tests of the engine say.
#include <bit>

#include "tests/cpu/engine_rig.hpp"
#include "tests/cpu/isa_words.hpp"
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

namespace {

/// Operations with operands $f0, $f2 and $f6 and result $f4, as words of COP1 and COP1X.
std::vector<std::uint32_t> floating_operations() {
  std::vector<std::uint32_t> words;
  for (const std::uint32_t format : {16u, 17u}) {
    for (const std::uint32_t function : {0u, 1u, 2u, 3u, 4u, 5u, 7u, 0x32u, 0x34u, 0x36u, 0x3cu}) {
      const bool is_compare = function >= 0x30, is_unary = function >= 4 && !is_compare;
      const std::uint32_t to = is_compare ? 0u : 4u;
      words.push_back(17u << 26 | format << 21 | (is_unary ? 0u : 2u << 16) | to << 6 | function);
    }
    for (const std::uint32_t kind : {4u, 5u, 6u, 7u})  // madd, msub, nmadd, nmsub
      words.push_back(19u << 26 | 6u << 21 | 2u << 16 | 4u << 6 | kind << 3 | (format - 16));
  }
  words.push_back(17u << 26 | 20u << 21 | 4u << 6 | 0x21);  // cvt.d.w
  return words;
}

std::uint64_t operand(Random& random, bool is_double) {
  static constexpr double kValues[] = {0, 1, 1.5, -3, 0.1, 1e10, 1e-10, 1e300, 1e-300, 4, 1.0 / 3};
  const double value = kValues[random() % std::size(kValues)] * (random() % 2 == 0 ? 1 : -1);
  if (random() % 8 == 0) return random();
  if (is_double)
    return std::bit_cast<std::uint64_t>(value) ^ (random() % 4 == 0 ? random() % 64 : 0);
  return std::bit_cast<std::uint32_t>(static_cast<float>(value)) ^
         (random() % 4 == 0 ? random() % 64 : 0);
}

}  // namespace

TEST_CASE("Jit: floating-point operations leave registers and FCSR as the interpreter does",
          "[cpu][jit][fpu]") {
  const std::uint64_t seed = seed_or(1985);
  INFO("seed " << seed);
  for (const std::uint32_t w : floating_operations()) {
    Random random{seed + w};
    CpuConfig interpreted = translating(Fidelity::kTlb);
    interpreted.engine = EngineKind::kInterpreter;
    Rig expected{interpreted}, is{translating(Fidelity::kTlb)};
    for (Rig* const rig : {&expected, &is}) {
      rig->set_cp0(kStatus, std::uint64_t{status::kCu1 | status::kFr});
      rig->put(kCode, {w, word::beq(0, 0, -2), word::nop()});
      rig->put(0x180, {word::beq(0, 0, -1), word::nop()});
      rig->cpu.run(Cycles{1000});  // translates it
    }
    for (int round = 0; round < 200; ++round) {
      const std::uint64_t fcsr = random() % 4 == 0 ? random() % 4 | (random() & 0xf80) : 0;
      const std::uint64_t values[] = {operand(random, (w >> 21 & 1) != 0 || (w & 1) != 0),
                                      operand(random, (w >> 21 & 1) != 0 || (w & 1) != 0),
                                      operand(random, (w >> 21 & 1) != 0 || (w & 1) != 0)};
      for (Rig* const rig : {&expected, &is}) {
        rig->set_cp0(kStatus, std::uint64_t{status::kCu1 | status::kFr});
        for (unsigned n = 0; n < 3; ++n) {
          rig->cpu.debug().write_register(RegisterClass::kFpr, n == 2 ? 6 : 2 * n, values[n]);
        }
        rig->cpu.debug().write_register(RegisterClass::kFcr, 31, fcsr);
        rig->set_pc(kKseg0 + kCode);
        rig->cpu.run(rig->cpu.now() + Cycles{400});
      }
      INFO("word " << std::hex << w << " operands " << values[0] << " " << values[1] << " "
                   << values[2] << " fcsr " << fcsr);
      REQUIRE(is.state() == expected.state());
    }
  }
}
