// Test: CPUs of all nodes but node 0 load from node 0's memory, past their caches, at random
// moments.
//   n = loads of each CPU, think = mean cycles between the end of a load and the next
//   (exponentially distributed)
// Between the marks 1 and 2 every CPU hammers. The statistics of the run tell how long node 0's
// controller let them wait.
#include "cpus.h"

enum { kTargets = 2 << 20, kSettle = 100000 };

static uint64_t loads, think;
static volatile uint64_t ready[kMostCpus], finished[kMostCpus], go;

/// -ln((x + 1) / 2^16) in units of 2^-16, for x below 2^16: the exponent, and its fraction by the
/// series of artanh.
static uint64_t minus_log(uint64_t x) {
  uint64_t value = x + 1, halvings = 0;
  while (value < 32768) value <<= 1, ++halvings;
  // value is m * 2^16 with m from 1/2 to 1: -ln m = 2 artanh(t), t = (1 - m) / (1 + m) up to 1/3.
  const uint64_t t = ((65536 - value) << 16) / (65536 + value), t2 = t * t >> 16;
  const uint64_t series = 65536 + t2 / 3 + (t2 * t2 >> 16) / 5;
  return halvings * 45426 + (2 * t * series >> 16);
}

static uint64_t __attribute__((noinline)) hammer(uint64_t count, uint64_t state) {
  for (uint64_t i = 0; i < count; ++i) {
    state = next_xorshift(state);
    pause_for(minus_log(state >> 24 & 0xffff) * think >> 16);
    (void)*device(kTargets + (state >> 40 & 0xfff) * 128);
  }
  return state;
}

static void run(void) {
  const uint64_t cpu = own_number();
  uint64_t state = hammer(20, cpu * 0x9e3779b97f4a7c15 + 1);  // the code is in the cache
  ready[cpu] = 1;
  while (!go) pause_for(100);
  pause_for(kSettle);
  hammer(loads, state);
  finished[cpu] = 1;
}

int main(void) {
  const uint64_t per_node = cpus_per_node(), cpus = cpu_count();
  if (node_count() < 2) fail("hammer", "it takes two nodes");
  loads = argument("n", 1000);
  think = argument("think", 1000);
  for (uint64_t cpu = per_node; cpu < cpus; ++cpu) start_cpu(cpu, run);
  for (uint64_t cpu = per_node; cpu < cpus; ++cpu) {
    while (!ready[cpu]) pause_for(1000);
  }
  go = 1;
  pause_for(kSettle / 2);  // all have seen it
  disco_phase_mark(1);
  while (!finished[per_node]) pause_for(10000);
  disco_phase_mark(2);
  return 0;
}
