// What simulating many CPUs costs: every CPU busy on private memory of the size of a secondary
// cache.
//
//   machine/busy/FIDELITY/CPUS     a node for each CPU, all together retire about the same number
//   of instructions machine/idle/FIDELITY/CPUS     CPU 0 is busy, the others are parked
//
// Counters: ns_per_instruction (process CPU time over instructions of all CPUs) and to_one, its
// ratio to that of one CPU in the same fidelity, measured in the same iteration.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <ctime>
#include <string>

#include "machine/boot/boot.hpp"

namespace {

constexpr std::uint64_t kInstructions = 60'000'000;

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "machine_bench: %s\n", why.c_str());
  std::exit(1);
}

const char* name_of(cpu::Fidelity fidelity) {
  constexpr const char* kNames[] = {"functional", "tlb", "memory"};
  return kNames[static_cast<std::size_t>(fidelity)];
}

machine::Booted boot(cpu::Fidelity fidelity, std::uint32_t cpus, const char* program,
                     const char* arguments) {
  const auto kernel = machine::read_blob(std::string{DISCO_GUESTS} + "/bare/" + program + ".elf");
  if (!kernel) give_up(kernel.error().message());
  machine::MachineConfig machine;
  machine.nodes = cpus;
  machine.memory_per_node = 4 * common::kMiB;
  machine.fidelity = fidelity;
  machine::BootImage image;
  image.kernel = *kernel;
  image.bootargs = arguments;
  auto booted = machine::boot_native(machine, image);
  if (!booted) give_up(booted.error().message());
  return std::move(*booted);
}

/// Nanoseconds an instruction, after as many as it takes to touch everything once.
double measure(cpu::Fidelity fidelity, std::uint32_t cpus, const char* program) {
  auto booted = boot(fidelity, cpus, program, "n=100000000");
  constexpr std::uint64_t kWarm = 400'000;  // a pass
  if (!booted.machine->run({.instructions = kWarm * cpus})) give_up("the program failed");
  const std::clock_t start = std::clock();
  if (!booted.machine->run({.instructions = kWarm * cpus + kInstructions}))
    give_up("the program failed");
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  return seconds * 1e9 / static_cast<double>(booted.machine->retired() - kWarm * cpus);
}

void run(benchmark::State& state, cpu::Fidelity fidelity, std::uint32_t cpus, const char* program) {
  for (auto _ : state) {
    const double one = measure(fidelity, 1, program);
    const double all = cpus == 1 ? one : measure(fidelity, cpus, program);
    state.SetIterationTime(all * 1e-9 * static_cast<double>(kInstructions));
    state.counters["ns_per_instruction"] = all;
    state.counters["to_one"] = all / one;
  }
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  struct Subject {
    const char* name;
    const char* program;
  };
  for (const Subject& subject : {Subject{"busy", "busy"}, Subject{"idle", "xorshift"}}) {
    for (const cpu::Fidelity fidelity :
         {cpu::Fidelity::kFunctional, cpu::Fidelity::kTlb, cpu::Fidelity::kMemory}) {
      for (const std::uint32_t cpus : {1u, 4u, 16u, 64u}) {
        const std::string name = std::string{"machine/"} + subject.name + "/" + name_of(fidelity) +
                                 "/" + std::to_string(cpus);
        benchmark::RegisterBenchmark(
            name.c_str(),
            [=](benchmark::State& state) { run(state, fidelity, cpus, subject.program); })
            ->Iterations(1)
            ->UseManualTime()
            ->Unit(benchmark::kMillisecond);
      }
    }
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
