// How fast the engines are, beside QEMU on the very same image in the same run.
//
//   cpu/run/xorshift     integer loop, registers only
//   cpu/run/crc          integer loop with table look-ups
//   cpu/run/sieve        byte stores and loads over 64 KB
//   cpu/run/dot          floating-point multiply and add, two loads each
//   cpu/run/chase_hit    dependent loads, 64 mapped pages that fit the TLB
//   cpu/run/chase_miss   dependent loads, 16384 pages: nearly every load is a TLB refill
//   cpu/run/syscall      user-mode loop of system calls
//
// Counters: MIPS, jit_MIPS and qemu_MIPS (simulated instructions per microsecond of process CPU
// time; MIPS is the interpreter's), ratio and jit_ratio (over QEMU's), speedup (the translator's
// over the interpreter's), ns_per_step, jit_ns_per_step and qemu_ns_per_step (a step is one
// iteration of the program's loop: a load, a system call). Start-up is measured with a small n and
// subtracted on both sides.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "machine/boot/boot.hpp"

extern char** environ;

namespace {

struct Workload {
  const char* name;
  const char* image;  // guests/bare/<image>.elf
  const char* arguments;
  std::uint64_t small, large;  // n of the two measured runs
};

constexpr Workload kWorkloads[] = {
    {"cpu/run/xorshift", "xorshift", "", 1000, 20'000'000},
    {"cpu/run/crc", "crc", "", 1, 400},
    {"cpu/run/sieve", "sieve", "", 1, 100},
    {"cpu/run/dot", "dot", "", 10, 40'000},
    {"cpu/run/chase_hit", "chase", "pages=32", 1000, 20'000'000},
    {"cpu/run/chase_miss", "chase", "pages=16384", 1000, 400'000},
    {"cpu/run/syscall", "syscalls", "", 1000, 1'000'000},
};

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "engine_bench: %s\n", why.c_str());
  std::exit(1);
}

std::string image_path(const Workload& w) {
  return std::string{DISCO_GUESTS} + "/bare/" + w.image + ".elf";
}
std::string arguments(const Workload& w, std::uint64_t n) {
  return std::string{w.arguments} + " n=" + std::to_string(n);
}

struct Measured {
  double seconds = 0;
  double instructions = 0;
};

Measured run_machine(const Workload& w, std::uint64_t n, cpu::Fidelity fidelity,
                     cpu::EngineKind engine) {
  const auto kernel = machine::read_blob(image_path(w));
  if (!kernel) give_up(kernel.error().message());
  machine::MachineConfig machine;
  machine.memory_per_node = 256 * common::kMiB;
  machine.fidelity = fidelity;
  machine.engine = engine;
  machine::BootImage image;
  image.kernel = *kernel;
  image.bootargs = arguments(w, n);
  const auto booted = machine::boot_native(machine, image);
  if (!booted) give_up(booted.error().message());
  const std::clock_t start = std::clock();
  const auto end = booted->machine->run({});
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  if (!end) give_up(end.error().message());
  if (booted->machine->exit_code() != 0) give_up(std::string{w.name} + ": the program failed");
  return {seconds, static_cast<double>(booted->machine->retired())};
}

double children_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double run_qemu(const Workload& w, std::uint64_t n) {
  std::vector<std::string> words = {DISCO_QEMU_SYSTEM,
                                    "-M",
                                    "malta",
                                    "-m",
                                    "256",
                                    "-nographic",
                                    "-no-reboot",
                                    "-monitor",
                                    "none",
                                    "-serial",
                                    "null",
                                    "-net",
                                    "none",
                                    "-vga",
                                    "none",
                                    "-cpu",
                                    "MIPS64R2-generic",
                                    "-kernel",
                                    image_path(w),
                                    "-append",
                                    arguments(w, n)};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const double before = children_seconds();
  pid_t child = 0;
  if (::posix_spawn(&child, DISCO_QEMU_SYSTEM, nullptr, nullptr, argv.data(), environ) != 0) {
    give_up("cannot start " DISCO_QEMU_SYSTEM);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return children_seconds() - before;
}

void run(benchmark::State& state, const Workload& w, cpu::Fidelity fidelity) {
  for (auto _ : state) {
    const auto seconds_of = [&](cpu::EngineKind engine) {
      const double small = run_machine(w, w.small, fidelity, engine).seconds;
      return run_machine(w, w.large, fidelity, engine).seconds - small;
    };
    const Measured small = run_machine(w, w.small, fidelity, cpu::EngineKind::kInterpreter);
    const Measured large = run_machine(w, w.large, fidelity, cpu::EngineKind::kInterpreter);
    const double seconds = large.seconds - small.seconds;
    const double jit = seconds_of(cpu::EngineKind::kJit);
    const double instructions = large.instructions - small.instructions;
    const double qemu = run_qemu(w, w.large) - run_qemu(w, w.small);
    const double steps = static_cast<double>(w.large - w.small);
    state.SetIterationTime(seconds);
    state.counters["MIPS"] = instructions / seconds * 1e-6;
    state.counters["jit_MIPS"] = instructions / jit * 1e-6;
    state.counters["jit_ratio"] = qemu / jit;
    state.counters["jit_ns_per_step"] = jit / steps * 1e9;
    state.counters["speedup"] = seconds / jit;
    state.counters["qemu_MIPS"] = instructions / qemu * 1e-6;
    state.counters["ratio"] = qemu / seconds;
    state.counters["ns_per_step"] = seconds / steps * 1e9;
    state.counters["qemu_ns_per_step"] = qemu / steps * 1e9;
  }
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  for (const Workload& w : kWorkloads) {
    benchmark::RegisterBenchmark(
        w.name, [&w](benchmark::State& state) { run(state, w, cpu::Fidelity::kFunctional); })
        ->Iterations(1)
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond);
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
