// All processors of the machine at once, on private lines, shared ones, counters by LL/SC, and
// lines past the caches: what a memory system has to get right, with sums that tell whether it did.
//   n = turns of each processor
#include "cpus.h"

enum { kWords = 8192, kCounters = 16 };
// Nothing else is here, on any node.
#define kFree UINT64_C(0x400000)

static unsigned nodes, cpus;
static uint64_t turns;
static volatile uint64_t done, added[kMostCpus], stores[kMostCpus];

static volatile uint64_t* at(unsigned node, uint64_t offset) { return CACHED(node, offset); }
// Words that only one processor stores to, next to those of others.
static volatile uint64_t* own(unsigned cpu, uint64_t word) {
  return at((unsigned)(word % nodes), kFree + (word * cpus + cpu) * 8);
}
static volatile uint64_t* counter(unsigned number) {
  return at(number % nodes, kFree - 0x1000 + number * 64);
}

static void add(volatile uint64_t* to, uint64_t value) {
  uint64_t old, ok;
  do {
    __asm__ volatile("lld %0, %2\n\tdaddu %1, %0, %3\n\tscd %1, %2"
                     : "=&r"(old), "=&r"(ok), "+m"(*to)
                     : "r"(value)
                     : "memory");
  } while (!ok);
}

static void work(void) {
  const unsigned cpu = (unsigned)own_number();
  uint64_t x = cpu * UINT64_C(0x9e3779b97f4a7c15) + 1, stored = 0, sum = 0;
  for (uint64_t i = 0; i < turns; ++i) {
    x = next_xorshift(x);
    const uint64_t word = x >> 8 & (kWords - 1);
    switch (x & 15) {
      case 0: add(counter((unsigned)(x >> 40) % kCounters), x & 0xff), sum += x & 0xff; break;
      case 1: (void)*(volatile uint64_t*)UNCACHED(word % nodes, kFree + word * 8); break;
      case 2:
      case 3:
      case 4: (void)*own((unsigned)(x >> 32) % cpus, word); break;
      case 5:
      case 6:
      case 7:
      case 8: *own(cpu, word) = *own(cpu, word) + 1, ++stored; break;
      default: (void)*own(cpu, word & 255); break;
    }
  }
  added[cpu] = sum;
  stores[cpu] = stored;
  add(&done, 1);
}

int main(void) {
  nodes = (unsigned)node_count();
  cpus = (unsigned)cpu_count();
  turns = argument("n", 2000);
  for (unsigned cpu = 1; cpu < cpus; ++cpu) start_cpu(cpu, work);
  work();
  while (done != cpus) continue;
  uint64_t expected = 0, found = 0;
  for (unsigned cpu = 0; cpu < cpus; ++cpu) expected += added[cpu];
  for (unsigned i = 0; i < kCounters; ++i) found += *counter(i);
  if (found != expected) fail("share", "additions by LL and SC are lost");
  for (unsigned cpu = 0; cpu < cpus; ++cpu) {
    uint64_t words = 0;
    for (uint64_t word = 0; word < kWords; ++word) words += *own(cpu, word);
    if (words != stores[cpu]) fail("share", "stores next to other processors' are lost");
  }
  pass("share");
}
