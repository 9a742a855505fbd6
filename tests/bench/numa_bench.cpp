// numa/, one access per iteration through MemorySystem. The number after the last slash is that of
// CPUs.
//   numa/access/primary_hit        loads of lines that are the most recent of their sets
//   numa/access/primary_older      loads that alternate between the two ways of a set
//   numa/access/secondary_hit/N    a sweep over half of each CPU's secondary cache, a load per line
//   numa/access/local_miss/N       a sweep over memory of the processor's own node, several times
//   the secondary
//   cache
//   numa/access/remote_miss/N      likewise, of the next node
//   numa/access/ping_pong          two CPUs store to one line in turn: an intervention each
#include <benchmark/benchmark.h>

#include "numa/coherence/memory_system.hpp"

using namespace numa;
using namespace numa::coherence;

namespace {

class Deaf : public MemorySystemListener {
 public:
  void line_lost(CpuId, MachineAddr, Loss) override {}
  void home_request(const HomeRequest&) override {}
};

struct Machine {
  explicit Machine(std::uint32_t cpus) : system{config(cpus), listener} {}
  static MemorySystemConfig config(std::uint32_t cpus) {
    MemorySystemConfig config;
    config.topology = {cpus, 1};
    config.memory_per_node = 16 * kMiB;
    return config;
  }
  Cycles load(std::uint32_t cpu, std::uint32_t node, std::uint64_t offset) {
    const MachineAddr at = machine_addr(NodeId{node}, offset);
    return system.access(CpuId{cpu}, {AccessKind::kLoad, VirtAddr{offset}, at}, Cycles{0});
  }
  Deaf listener;
  MemorySystem system;
};

void primary_hit(benchmark::State& state) {
  Machine m{1};
  for (std::uint64_t at = 0; at < 16 * kKiB; at += 32) m.load(0, 0, at);
  std::uint64_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(m.load(0, 0, at));
    at = (at + 32) & (16 * kKiB - 1);
  }
}

void primary_older(benchmark::State& state) {
  Machine m{1};
  std::uint64_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(m.load(0, 0, at));
    at ^= 16 * kKiB;
  }
}

/// Every CPU in turn loads the next line of its window.
void sweep(benchmark::State& state, std::uint64_t window, std::uint32_t node_distance) {
  const auto cpus = static_cast<std::uint32_t>(state.range(0));
  Machine m{cpus};
  std::uint64_t at = 0;
  std::uint32_t cpu = 0;
  const auto step = [&] {
    benchmark::DoNotOptimize(m.load(cpu, (cpu + node_distance) % cpus, at));
    if (++cpu == cpus) cpu = 0, at = (at + 128) & (window - 1);
  };
  for (std::uint64_t i = 0; i < window / 128 * cpus; ++i) step();
  for (auto _ : state) step();
}

void secondary_hit(benchmark::State& state) { sweep(state, 512 * kKiB, 0); }
void local_miss(benchmark::State& state) { sweep(state, 8 * kMiB, 0); }
void remote_miss(benchmark::State& state) { sweep(state, 8 * kMiB, 1); }

void ping_pong(benchmark::State& state) {
  Machine m{2};
  std::uint32_t cpu = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(m.system.access(
        CpuId{cpu}, {AccessKind::kStore, VirtAddr{0x1000}, MachineAddr{0x1000}}, Cycles{0}));
    cpu ^= 1;
  }
}

}  // namespace

BENCHMARK(primary_hit)->Name("numa/access/primary_hit");
BENCHMARK(primary_older)->Name("numa/access/primary_older");
BENCHMARK(secondary_hit)->Name("numa/access/secondary_hit")->Arg(1)->Arg(64);
BENCHMARK(local_miss)->Name("numa/access/local_miss")->Arg(1)->Arg(64);
BENCHMARK(remote_miss)->Name("numa/access/remote_miss")->Arg(2)->Arg(64);
BENCHMARK(ping_pong)->Name("numa/access/ping_pong");

BENCHMARK_MAIN();
