// What a load takes, by where its line is: chains of dependent loads, timed with Count. Prints one
// line
//   latency NAME MILLICYCLES
// for each place, and "pages N MILLICYCLES" for chains of one load a page through mapped pages,
// whose time rises when the TLB no longer holds them. Needs fidelity memory; what is not there (a
// second and a third node) is left out. Sizes come from Config.
#include "cpus.h"

enum { kUnroll = 512, kLine = 128, kPageShift = 12 };
static const uint64_t kMapped = 0x10000000, kRings = 32 << 20, kFrames = 48 << 20;

/// Links `lines` places that are `stride` apart into a ring, in ascending order.
static void make_ring(void* base, uint64_t lines, uint64_t stride) {
  for (uint64_t i = 0; i < lines; ++i)
    *(volatile uint64_t*)((char*)base + i * stride) =
        (uint64_t)(uintptr_t)base + (i + 1) % lines * stride;
}

#define LOADS_8                                                                                 \
  "ld %0, 0(%0)\nld %0, 0(%0)\nld %0, 0(%0)\nld %0, 0(%0)\nld %0, 0(%0)\nld %0, 0(%0)\nld %0, " \
  "0(%0)\nld %0, 0(%0)\n"
#define LOADS_64 LOADS_8 LOADS_8 LOADS_8 LOADS_8 LOADS_8 LOADS_8 LOADS_8 LOADS_8

/// Cycles of `rounds` times kUnroll loads from `*at` on; moves `*at` along.
static uint64_t __attribute__((noinline)) chase(uint64_t* at, uint64_t rounds) {
  uint64_t place = *at, left = rounds;
  uint32_t begin, end;
  __asm__ volatile(
      ".set push\n.set noreorder\n"
      "mfc0 %2, $9\n"
      "1:\n" LOADS_64 LOADS_64 LOADS_64 LOADS_64 LOADS_64 LOADS_64 LOADS_64 LOADS_64
      "daddiu %1, %1, -1\n"
      "bgtz %1, 1b\n"
      "nop\n"
      "mfc0 %3, $9\n"
      ".set pop"
      : "+r"(place), "+r"(left), "=&r"(begin), "=&r"(end)
      :
      : "memory");
  *at = place;
  return 2 * (uint64_t)(end - begin);
}

static void print_result(const char* kind, const char* name, uint64_t millicycles) {
  put_text(kind);
  put_text(" ");
  put_text(name);
  put_text(" ");
  put_decimal(millicycles);
  put_line("");
}

/// The mean over a ring that is gone round once before: what is in a cache by then stays there.
static void measure_ring(const char* name, void* base, uint64_t lines, uint64_t stride) {
  const uint64_t rounds = (lines + kUnroll - 1) / kUnroll;
  uint64_t at = (uint64_t)(uintptr_t)base;
  make_ring(base, lines, stride);
  chase(&at, rounds);
  print_result("latency", name, chase(&at, rounds) * 1000 / (rounds * kUnroll));
}

// ---- a CPU of another node that makes lines its own

static volatile struct {
  void* base;
  uint64_t lines;
  uint64_t command, done;  // numbers; a command is over when they are equal
} order;

static void worker(void) {
  for (;;) {
    while (order.command == order.done) continue;
    make_ring(order.base, order.lines, kLine);
    order.done = order.command;
  }
}

/// Lines of `home` that the worker has just written: each is loaded once.
static void measure_dirty(const char* name, uint64_t home) {
  const uint64_t lines = 2 * kUnroll;  // half of the smallest secondary cache
  uint64_t at = (uint64_t)(uintptr_t)CACHED(home, kRings);
  uint64_t warm = (uint64_t)(uintptr_t)&order.base;
  *(volatile uint64_t*)(uintptr_t)warm = warm;
  chase(&warm, 1);  // the code is in the cache
  order.base = (void*)(uintptr_t)at;
  order.lines = lines;
  ++order.command;
  while (order.done != order.command) continue;
  print_result("latency", name, chase(&at, lines / kUnroll) * 1000 / lines);
}

// ---- uncached loads

static uint64_t __attribute__((noinline)) read_uncached(volatile uint64_t* at, uint64_t rounds) {
  const uint32_t begin = READ_CP0_32(CP0_COUNT);
  for (uint64_t i = 0; i < rounds; ++i)
    (void)*at, (void)*at, (void)*at, (void)*at, (void)*at, (void)*at, (void)*at, (void)*at;
  return 2 * (uint64_t)(READ_CP0_32(CP0_COUNT) - begin);
}

static void measure_uncached(const char* name, uint64_t node) {
  read_uncached(UNCACHED(node, kRings), 8);
  print_result("latency", name, read_uncached(UNCACHED(node, kRings), 64) * 1000 / (64 * 8));
}

// ---- mapped pages

/// Every page's word in other sets of both caches than the 511 pages before it.
static uint64_t word_of(uint64_t page) { return (page << kPageShift) + (page >> 2 & 127) * 32; }

/// One load a page.
static void sweep_pages(void) {
  uint64_t* const table = KSEG0(16 << 20);
  WRITE_CP0(CP0_CONTEXT, (uint64_t)(uintptr_t)table);
  const uint64_t most = 512;
  for (uint64_t i = 0; i < most; ++i)
    table[(kMapped >> kPageShift) + i] =
        ((kFrames >> kPageShift) + i) << 6 | ENTRYLO_CACHED | ENTRYLO_D | ENTRYLO_V | ENTRYLO_G;
  for (uint64_t pages = 16; pages <= most; pages += 16) {
    for (uint64_t i = 0; i < pages; ++i) {
      *(volatile uint64_t*)KSEG0(kFrames + word_of(i)) = kMapped + word_of((i + 1) % pages);
    }
    uint64_t at = kMapped;
    const uint64_t rounds = 2 * pages / kUnroll + 1;
    chase(&at, 16 * rounds);  // random replacement takes its time to find room for all
    put_text("pages ");
    put_decimal(pages);
    put_text(" ");
    put_decimal(chase(&at, rounds) * 1000 / (rounds * kUnroll));
    put_line("");
  }
}

int main(void) {
  const uint32_t config = READ_CP0_32($16);
  const uint64_t primary = UINT64_C(4096) << (config >> 26 & 7), secondary = UINT64_C(524288)
                                                                             << (config >> 16 & 7);
  measure_ring("l1", CACHED(0, kRings), primary / 4 / 32, 32);
  measure_ring("l2", CACHED(0, kRings), secondary / 4 / kLine, kLine);
  measure_ring("local", CACHED(0, kRings), 2 * secondary / kLine, kLine);
  measure_uncached("uncached-local", 0);
  if (node_count() > 1) {
    measure_ring("remote", CACHED(1, kRings), 2 * secondary / kLine, kLine);
    measure_uncached("uncached-remote", 1);
    start_cpu(cpus_per_node(), worker);
    measure_dirty("dirty-at-home", 1);  // home and owner are the other node
    measure_dirty("dirty-of-mine", 0);  // the home is this node, the owner the other
  }
  sweep_pages();
  put_line("PASS latency");
  return 0;
}
