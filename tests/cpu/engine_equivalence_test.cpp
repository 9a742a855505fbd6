// Grouping instructions into blocks must be invisible: the same random program, run freely, in
// random slices, one step at a time, and under an observer that watches everything, ends in the
// same state.
#include <iostream>

#include "tests/cpu/engine_rig.hpp"
#include "tests/cpu/isa_words.hpp"
#include "tests/support/catch.hpp"

using namespace cpu;
using namespace cpu::test;

namespace {

/// Fills memory with random instructions, and the vectors with a handler that skips what faulted.
void write_program(FlatMemory& memory, Random& random) {
  const std::vector<Insn> rows = instructions();
  for (std::uint64_t pa = 0x1000; pa < kRamBytes; pa += 4) {
    const Insn insn = rows[random() % rows.size()];
    std::uint32_t word = random_word_of(row_of(insn), random);
    // Writes to Status, Watch and the like end most programs early: make them rare.
    const bool moves_to_cp0 = insn == Insn::mtc0 || insn == Insn::dmtc0;
    if (moves_to_cp0 && random() % 8 != 0)
      word = word::addiu(static_cast<unsigned>(random() % 32), 0, 1);
    memory.put(pa, {word});
  }
  for (const std::uint64_t vector : {0x000u, 0x080u, 0x180u}) {
    // The next timer interrupt, soon; return to a place derived from EPC that stays inside the
    // program.
    memory.put(vector,
               {word::mfc0(26, kCount), word::daddiu(26, 26, 31), word::mtc0(26, kCompare),
                word::mfc0(26, kEpc), word::daddiu(26, 26, 4), 0x335a0ffc /* andi k0, k0, 0xffc */,
                word::lui(27, 0x8000), word::ori(27, 27, 0x4000), word::addu(27, 27, 26),
                word::mtc0(27, kEpc), word::eret()});
  }
}

void prepare(Rig& rig, std::uint64_t seed) {
  Random random{seed};
  write_program(rig.memory, random);
  for (unsigned n = 1; n < 32; ++n) {
    const std::uint64_t choices[] = {random(), random() % 64, kKseg0 + random() % kRamBytes,
                                     kKseg1 + kDevicePage + random() % 64};
    rig.set_gpr(n, choices[random() % 4]);
  }
  rig.set_cp0(kStatus, (random() & 0xff01) | (random() % 4 != 0 ? 0x8001 : 0));
  rig.set_cp0(kCompare, random() % 500);
  rig.set_pc(kKseg0 + 0x1000 + random() % 0x1000 / 4 * 4);
}

class Everything final : public Observer {
 public:
  explicit Everything(Cpu& cpu) : cpu_{cpu} {}
  void on_exception(const ExceptionEvent& e) override {
    ++events;
    if (e.at.retired % 3 == 0) cpu_.observation().watch_retirement();
  }
  void on_mark(const MarkEvent& e) override {
    if (e.at.retired % 2 == 0) cpu_.observation().watch_retirement();
  }
  void on_instruction(const InstructionEvent&) override { ++instructions; }
  void on_reference(const Reference&) override { ++events; }
  std::uint64_t events = 0, instructions = 0;

 private:
  Cpu& cpu_;
};

constexpr std::uint64_t kEnd = 20000;

struct Outcome {
  std::vector<std::uint64_t> state;
  std::vector<std::byte> ram;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> device_writes;
  bool operator==(const Outcome&) const = default;
};
Outcome outcome(Rig& rig) { return {rig.state(), rig.memory.ram, rig.memory.device_writes}; }

}  // namespace

TEST_CASE("Engine: slices, steps and observers leave a random program as a free run does",
          "[cpu]") {
  const std::uint64_t seed = seed_or(1997);
  std::cout << "seed " << seed << "\n";
  std::uint64_t executed = 0;
  for (std::uint64_t round = 0; round < 60; ++round) {
    INFO("seed " << seed << " round " << round);
    CpuConfig config;
    config.tlb.random = round % 2 == 0 ? mmu::RandomKind::kLfsr : mmu::RandomKind::kManual;
    config.fidelity = static_cast<Fidelity>(round / 2 % 3);
    Random random{seed + round};

    Rig free{config};
    prepare(free, seed + round);
    free.cpu.run(Cycles{kEnd});
    const Outcome expected = outcome(free);
    executed += free.cpu.retired();

    Rig sliced{config};
    prepare(sliced, seed + round);
    while (sliced.cpu.now() < Cycles{kEnd}) {
      const Cycles until = std::min(Cycles{kEnd}, sliced.cpu.now() + Cycles{1 + random() % 40});
      sliced.cpu.run(until);
    }
    REQUIRE(outcome(sliced) == expected);

    Rig watched{config};
    prepare(watched, seed + round);
    Everything observer{watched.cpu};
    watched.cpu.add_observer(observer);
    watched.cpu.observation().set_references(round % 3 != 0);
    watched.cpu.observation().set_instruction_events(true);
    for (int i = 0; i < 400; ++i) {
      watched.cpu.observation().add_mark(VirtAddr{kKseg0 + 0x1000 + random() % 0x4000 / 4 * 4}, 1);
    }
    watched.cpu.run(Cycles{kEnd});
    REQUIRE(outcome(watched) == expected);
    REQUIRE(observer.instructions == watched.cpu.retired());
    if (config.fidelity == Fidelity::kMemory) REQUIRE(free.memory.small_caches.references > 0);
  }
  // The programs must have gone somewhere for this to mean anything.
  CHECK(executed > 40 * 1000);
}

TEST_CASE("Engine: a slice ends where single steps reach its end", "[cpu]") {
  const std::uint64_t seed = seed_or(1999);
  std::cout << "seed " << seed << "\n";
  std::uint64_t executed = 0;
  for (std::uint64_t round = 0; round < 30; ++round) {
    INFO("seed " << seed << " round " << round);
    CpuConfig config;
    config.fidelity = static_cast<Fidelity>(round % 3);
    Random random{seed + round};
    Rig sliced{config}, stepped{config};
    prepare(sliced, seed + round);
    prepare(stepped, seed + round);
    for (int slice = 0; slice < 300 && !sliced.cpu.is_dozing(); ++slice) {
      const Cycles until = sliced.cpu.now() + Cycles{1 + random() % 80};
      sliced.cpu.run(until);
      for (int i = 0; i < 1000 && stepped.cpu.retired() < sliced.cpu.retired(); ++i) {
        REQUIRE(stepped.cpu.now() < until);
        stepped.cpu.debug().step();
      }
      REQUIRE(stepped.cpu.retired() == sliced.cpu.retired());
      REQUIRE(stepped.cpu.now() <= sliced.cpu.now());
    }
    executed += sliced.cpu.retired();
  }
  CHECK(executed > 30 * 200);
}

TEST_CASE("Engine: single steps leave a random program as a free run does", "[cpu]") {
  const std::uint64_t seed = seed_or(1998);
  std::cout << "seed " << seed << "\n";
  for (std::uint64_t round = 0; round < 20; ++round) {
    INFO("seed " << seed << " round " << round);
    CpuConfig config;
    config.fidelity = round % 2 == 0 ? Fidelity::kTlb : Fidelity::kMemory;
    Rig stepped{config};
    prepare(stepped, seed + round);
    for (int i = 0; i < 4000 && !stepped.cpu.is_dozing(); ++i) stepped.cpu.debug().step();
    Rig free{config};
    prepare(free, seed + round);
    free.cpu.run(stepped.cpu.now());
    REQUIRE(outcome(free) == outcome(stepped));
  }
}
