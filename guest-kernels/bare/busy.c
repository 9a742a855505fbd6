// Benchmark: every CPU works on memory of its own, in its own node.
//   n = passes over it, bytes = its size for each CPU (default: what the secondary cache holds)
// A pass reads all words in order, mixes them and writes every fourth back. Prints the sum of all
// CPUs' results.
#include "bare.h"

enum {
  kStack = 4096,
  kMostCpus = 64,
  kInterfaces = 0x1c400000,
  kInterfaceBytes = 0x1000,
  kLaunchSp = 0x20,
  kLaunchPc = 0x30,
  kOwnCpuId = 0x1c3ff040,
  kController = 0x1c020000,
  kNodes = 0x08,
  kCpusPerNode = 0x10,
  kWorkAt = 2 << 20
};

static uint64_t passes, bytes, cpus_per_node;
static volatile uint64_t results[kMostCpus], finished[kMostCpus];

static volatile uint64_t* device(uint64_t offset) {
  return (volatile uint64_t*)(uintptr_t)(UINT64_C(0x9000000000000000) | offset);
}

static uint64_t work(uint64_t* words, uint64_t count, uint64_t state) {
  for (uint64_t i = 0; i < count; i += 4) {
    state = (state ^ words[i]) * 0x9e3779b9 + words[i + 1];
    state ^= state >> 13;
    words[i + 3] = state + words[i + 2];
  }
  return state;
}

static void run(void) {
  const uint64_t id = *device(kOwnCpuId), cpu = id & 0xffff, node = id >> 16 & 0xffff,
                 local = id >> 32;
  uint64_t* const words =
      (uint64_t*)(uintptr_t)(UINT64_C(0xa800000000000000) | node << 32 | (kWorkAt + local * bytes));
  uint64_t state = cpu + 1;
  for (uint64_t i = 0; i < passes; ++i) state = work(words, bytes / 8, state);
  results[cpu] = state;
  finished[cpu] = 1;
}

static void run_launched(void) {
  WRITE_CP0(CP0_STATUS, STATUS_AT_START);
  run();
  for (;;) *device(0x1c3ff038) = 1;  // doze, for ever: every interrupt is masked
}

int main(void) {
  static char stacks[kMostCpus][kStack] __attribute__((aligned(16)));
  cpus_per_node = *device(kController + kCpusPerNode);
  const uint64_t cpus = *device(kController + kNodes) * cpus_per_node;
  if (cpus > kMostCpus) fail("busy", "more than 64 CPUs");
  passes = argument("n", 1);
  bytes = argument("bytes", UINT64_C(524288) << (READ_CP0_32($16) >> 16 & 7));
  disco_phase_mark(1);
  for (uint64_t cpu = 1; cpu < cpus; ++cpu) {
    volatile uint64_t* const interface = device(kInterfaces + cpu * kInterfaceBytes);
    interface[kLaunchSp / 8] = (uint64_t)(uintptr_t)stacks[cpu] + kStack;
    interface[kLaunchPc / 8] = (uint64_t)(uintptr_t)run_launched;
  }
  run();
  uint64_t sum = 0;
  for (uint64_t cpu = 0; cpu < cpus; ++cpu) {
    while (!finished[cpu]) continue;
    sum += results[cpu];
  }
  disco_phase_mark(2);
  put_text("busy ");
  put_hex(sum);
  put_line("");
  return 0;
}
