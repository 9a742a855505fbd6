// All processors of the machine at once, on private lines, shared ones, counters by LL/SC, and lines past
// the caches: what a memory system has to get right, with sums that tell whether it did.
//   n = turns of each processor
#include "bare.h"
#include "cp0.h"

enum {
  kController = 0x1c020000,
  kNodes = 0x008,
  kCpusPerNode = 0x010,
  kPi = 0x1c3ff000,
  kAllPis = 0x1c400000,
  kPiBytes = 0x1000,
  kLaunchSp = 0x20,
  kLaunchGp = 0x28,
  kLaunchPc = 0x30,
  kCpuId = 0x40,
  kMostCpus = 64,
  kStack = 4096,
  kWords = 8192,
  kCounters = 16,
};
// Nothing else is here, on any node.
#define kFree UINT64_C(0x400000)

static unsigned nodes, cpus_per_node, cpus;
static uint64_t turns;
static char stacks[kMostCpus][kStack] __attribute__((aligned(16)));
static volatile uint64_t done, added[kMostCpus], stores[kMostCpus];

static volatile uint64_t* at(unsigned node, uint64_t offset) {
  return (volatile uint64_t*)(UINT64_C(0x9800000000000000) | (uint64_t)node << 32 | offset);
}
static volatile uint64_t* uncached(unsigned node, uint64_t offset) {
  return (volatile uint64_t*)(UINT64_C(0x9000000000000000) | (uint64_t)node << 32 | offset);
}
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

static void work(unsigned cpu) {
  uint64_t x = cpu * UINT64_C(0x9e3779b97f4a7c15) + 1, stored = 0, sum = 0;
  for (uint64_t i = 0; i < turns; ++i) {
    x = next_xorshift(x);
    const uint64_t word = x >> 8 & (kWords - 1);
    switch (x & 15) {
      case 0: add(counter((unsigned)(x >> 40) % kCounters), x & 0xff), sum += x & 0xff; break;
      case 1: (void)*uncached((unsigned)(word % nodes), kFree + word * 8); break;
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

static void started(void) {
  WRITE_CP0_32(CP0_STATUS, STATUS_AT_START);
  work((unsigned)*uncached(0, kPi + kCpuId) & 0xffff);
  for (;;) *uncached(0, kPi + 0x38) = 1;
}

int main(void) {
  nodes = (unsigned)*uncached(0, kController + kNodes);
  cpus_per_node = (unsigned)*uncached(0, kController + kCpusPerNode);
  cpus = nodes * cpus_per_node;
  turns = argument("n", 2000);
  if (cpus > kMostCpus) fail("share", "it has room for 64 processors");
  uint64_t gp;
  __asm__("move %0, $gp" : "=r"(gp));
  for (unsigned cpu = 1; cpu < cpus; ++cpu) {
    const uint64_t pi = kAllPis + kPiBytes * (uint64_t)cpu;
    *uncached(0, pi + kLaunchSp) = (uint64_t)(uintptr_t)(stacks[cpu] + kStack - 64);
    *uncached(0, pi + kLaunchGp) = gp;
    *uncached(0, pi + kLaunchPc) = (uint64_t)(uintptr_t)&started;
  }
  work(0);
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
