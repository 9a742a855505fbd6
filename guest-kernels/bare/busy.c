// Benchmark: every CPU works on memory of its own, in its own node.
//   n = passes over it, bytes = its size for each CPU (default: what the secondary cache holds)
// A pass reads all words in order, mixes them and writes every fourth back. Prints the sum of all
// CPUs' results.
#include "cpus.h"

enum { kWorkAt = 2 << 20 };

static uint64_t passes, bytes;
static volatile uint64_t results[kMostCpus], finished[kMostCpus];

static uint64_t work(uint64_t* words, uint64_t count, uint64_t state) {
  for (uint64_t i = 0; i < count; i += 4) {
    state = (state ^ words[i]) * 0x9e3779b9 + words[i + 1];
    state ^= state >> 13;
    words[i + 3] = state + words[i + 2];
  }
  return state;
}

static void run(void) {
  const uint64_t cpu = own_number(), local = cpu % cpus_per_node();
  uint64_t* const words = CACHED(own_node(), kWorkAt + local * bytes);
  uint64_t state = cpu + 1;
  for (uint64_t i = 0; i < passes; ++i) state = work(words, bytes / 8, state);
  results[cpu] = state;
  finished[cpu] = 1;
}

int main(void) {
  const uint64_t cpus = cpu_count();
  passes = argument("n", 1);
  bytes = argument("bytes", UINT64_C(524288) << (READ_CP0_32($16) >> 16 & 7));
  disco_phase_mark(1);
  for (uint64_t cpu = 1; cpu < cpus; ++cpu) start_cpu(cpu, run);
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
