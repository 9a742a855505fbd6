// The engines beside one another: the same machine, stopped at the same cycles, in the same state.
#include <sstream>

#include "machine/boot/boot.hpp"
#include "tests/support/catch.hpp"

using namespace machine;

namespace {

struct Run {
  const char* image;
  const char* arguments;
};

MachineConfig config_of(EngineKind engine, cpu::Fidelity fidelity) {
  MachineConfig config;
  config.memory_per_node = 64 * common::kMiB;
  config.engine = engine;
  config.fidelity = fidelity;
  return config;
}

Booted boot(const Run& run, EngineKind engine, cpu::Fidelity fidelity) {
  const auto kernel = read_blob(std::string{DISCO_GUESTS} + "/bare/" + run.image + ".elf");
  REQUIRE(kernel.has_value());
  BootImage image;
  image.kernel = *kernel;
  image.bootargs = run.arguments;
  auto booted = boot_native(config_of(engine, fidelity), image);
  REQUIRE(booted.has_value());
  return std::move(*booted);
}

/// Both in slices of so many cycles until they end; the digest after each.
void compare(const Run& run, cpu::Fidelity fidelity, std::uint64_t slice) {
  const Booted expected = boot(run, EngineKind::kInterpreter, fidelity);
  const Booted is = boot(run, EngineKind::kJit, fidelity);
  for (std::uint64_t until = slice;; until += slice) {
    const auto end = expected.machine->run({.cycles = Cycles{until}});
    const auto other = is.machine->run({.cycles = Cycles{until}});
    INFO(run.image << " at cycle " << until);
    REQUIRE(end.has_value());
    REQUIRE(other.has_value());
    REQUIRE(*end == *other);
    REQUIRE(is.machine->digest() == expected.machine->digest());
    if (*end != RunEnd::kCycleLimit) break;
  }
  const cpu::EngineCounts counts = is.machine->cpu(CpuId{0}).engine_counts();
  CHECK(counts.translated > is.machine->retired() / 2);
}

}  // namespace

TEST_CASE("Engines: bare programs are in the same state at every stop, whatever executes them",
          "[machine][engines]") {
  const auto fidelity =
      GENERATE(cpu::Fidelity::kFunctional, cpu::Fidelity::kTlb, cpu::Fidelity::kMemory);
  const Run run = GENERATE(Run{"chase", "pages=512 n=20000"}, Run{"dot", "n=40"},
                           Run{"exceptions", ""}, Run{"matrix", ""}, Run{"r10000", ""},
                           Run{"references", ""}, Run{"segments", ""}, Run{"sieve", "n=1"},
                           Run{"syscalls", "n=20000"}, Run{"tlb", ""}, Run{"xorshift", "n=50000"});
  compare(run, fidelity, 199'933);
}
