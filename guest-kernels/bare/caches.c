// CACHE on caches with lines (R10000 UM 10), seen by what it leaves in TagLo, TagHi and Status.CH
// and by what the next load takes. Needs fidelity memory with the default caches and latencies: 20
// cycles for the secondary cache, 120 for memory.
#include "probe.h"

enum {
  kIndexInvalidateI = 0x00,
  kIndexWriteBackD = 0x01,
  kIndexWriteBackS = 0x03,
  kIndexLoadTagI = 0x04,
  kIndexLoadTagD = 0x05,
  kIndexLoadTagS = 0x07,
  kIndexStoreTagD = 0x09,
  kHitInvalidateI = 0x10,
  kHitInvalidateD = 0x11,
  kHitInvalidateS = 0x13,
  kBarrier = 0x14,
  kHitWriteBackD = 0x15,
  kHitWriteBackS = 0x17,
  kCh = 1 << 18,
  kSecondary = 19,
  kMemory = 119
};
#define CACHE(op, at) __asm__ volatile("cache %0, 0(%1)" : : "i"(op), "r"(at) : "memory")

static const uint64_t kPlace = (8 << 20) | 0x2a80;  // physical
static uint64_t* cached(uint64_t pa) { return KSEG0(pa); }

/// Cycles of one load, without those of what is around it.
static int64_t __attribute__((noinline)) time_load(const volatile uint64_t* at) {
  uint32_t begin, end;
  uint64_t value;
  for (int warm = 0; warm < 2; ++warm) {
    const volatile uint64_t* const from =
        warm == 0 ? (const volatile uint64_t*)cached(1 << 20) : at;
    (void)*(const volatile uint64_t*)cached(1 << 20);
    __asm__ volatile(
        ".set push\n.set noreorder\nmfc0 %0, $9\nld %2, 0(%3)\nld %2, 0(%3)\nmfc0 %1, $9\n.set pop"
        : "=&r"(begin), "=&r"(end), "=&r"(value)
        : "r"(from)
        : "memory");
  }
  return 2 * (int64_t)(int32_t)(end - begin) - 2;  // Count advances every second cycle
}
static int took(int64_t cycles, int64_t wait) { return cycles - wait >= -2 && cycles - wait <= 3; }

static uint32_t tag_lo(void) { return READ_CP0_32($28); }
static uint32_t tag_hi(void) { return READ_CP0_32($29); }
static int found(void) { return (READ_CP0_32(CP0_STATUS) & kCh) != 0; }

static void data_lines(void) {
  volatile uint64_t* const at = cached(kPlace);
  (void)*at;
  CACHE(kIndexLoadTagD, at);
  check(tag_lo() >> 8 == kPlace >> 12 && tag_hi() == 1u << 29, "Index Load Tag (D)",
        "address, neither refilled nor written");
  check((tag_lo() >> 6 & 3) == 2, "Index Load Tag (D)",
        "a line that only this CPU has is clean exclusive");
  *at = 0x1234;
  CACHE(kIndexLoadTagD, at);
  check((tag_lo() >> 6 & 3) == 3 && tag_hi() == 2u << 29, "Index Load Tag (D)",
        "after a store: dirty, written");
  check((tag_lo() >> 3 & 1) == 0, "Index Load Tag (D)", "way 0 is not the least recently used");
  check(took(time_load(at), 0), "a load", "that hits is free");
  CACHE(kHitWriteBackD, at);
  CACHE(kIndexLoadTagD, at);
  check(tag_lo() >> 8 != kPlace >> 12, "Hit Writeback Invalidate (D)", "the line is gone");
  check(took(time_load(at), kSecondary), "Hit Writeback Invalidate (D)",
        "the secondary cache still has the line");
  CACHE(kHitInvalidateD, at);
  check(took(time_load(at), kSecondary), "Hit Invalidate (D)", "likewise");
  CACHE(kIndexWriteBackD, at);
  check(took(time_load(at), kSecondary), "Index Writeback Invalidate (D)", "likewise");
  WRITE_CP0_32($28, 0);
  WRITE_CP0_32($29, 0);
  CACHE(kIndexStoreTagD, at);
  check(took(time_load(at), kSecondary), "Index Store Tag (D)",
        "an invalid tag makes the line invalid");
  check(*at == 0x1234, "CACHE", "no data is lost");
}

static void secondary_lines(void) {
  volatile uint64_t* const at = cached(kPlace);
  *at = 0x5678;
  CACHE(kIndexLoadTagS, at);
  check(tag_lo() >> 14 == kPlace >> 18 && (tag_lo() >> 10 & 3) == 3, "Index Load Tag (S)",
        "address, dirty exclusive");
  check((tag_lo() >> 7 & 3) == (kPlace >> 12 & 3), "Index Load Tag (S)",
        "the virtual index of the primary copy");
  CACHE(kHitWriteBackS, at);
  check(found(), "Status.CH", "set by a secondary operation that hits");
  check(took(time_load(at), kMemory), "Hit Writeback Invalidate (S)", "the line is in memory only");
  check(*at == 0x5678, "Hit Writeback Invalidate (S)", "with its data");
  CACHE(kHitInvalidateS, at);
  CACHE(kHitInvalidateS, at);
  check(!found(), "Status.CH", "clear after one that misses");
  check(took(time_load(at), kMemory), "Hit Invalidate (S)", "the line is in memory only");
  CACHE(kIndexWriteBackS, at);
  check(took(time_load(at), kMemory), "Index Writeback Invalidate (S)", "likewise");
  const uint32_t status = READ_CP0_32(CP0_STATUS);
  CACHE(kBarrier, at);
  check(READ_CP0_32(CP0_STATUS) == status && took(time_load(at), 0), "Cache Barrier",
        "changes no line");
  *at = 0x9abc;
  check(*(volatile uint64_t*)KSEG1(kPlace) == 0x9abc, "an uncached load",
        "sees what a cache holds");
}

static int64_t __attribute__((noinline, aligned(128))) callee(void) {
  return READ_CP0_32(CP0_COUNT);
}
static int64_t __attribute__((noinline, aligned(128))) time_call(void) {
  const uint32_t begin = READ_CP0_32(CP0_COUNT);
  return 2 * (int64_t)(int32_t)((uint32_t)callee() - begin);
}

static void instruction_lines(void) {
  const uint64_t code = (uint64_t)(uintptr_t)callee;
  time_call();
  const int64_t hit = time_call();
  CACHE(kIndexLoadTagI, code);
  check(tag_lo() >> 8 == PHYSICAL(code) >> 12 && (tag_lo() & 1 << 6) != 0, "Index Load Tag (I)",
        "address, valid");
  CACHE(kHitInvalidateI, code);
  check(took(time_call() - hit, kSecondary), "Hit Invalidate (I)",
        "fetched from the secondary cache");
  CACHE(kIndexInvalidateI, code);
  check(took(time_call() - hit, kSecondary), "Index Invalidate (I)", "likewise");
  CACHE(kHitWriteBackS, code);
  check(took(time_call() - hit, kMemory), "Hit Writeback Invalidate (S)",
        "takes the instructions along");
  check(took(time_call() - hit, 0), "a fetch", "that hits is free");
}

/// A line that leaves breaks the link to it.
static void links(void) {
  volatile uint64_t* const at = cached(kPlace);
  uint64_t done = 1;
  *at = 1;
  __asm__ volatile(
      ".set push\n.set noreorder\nlld $8, 0(%1)\ndaddiu %0, $8, 1\nscd %0, 0(%1)\n.set pop"
      : "=&r"(done)
      : "r"(at)
      : "$8", "memory");
  check(done == 1 && *at == 2, "LL/SC", "succeeds undisturbed");
}

/// The performance counters (UM 14.20) count misses of loads: event 9 of counter 1 in the primary,
/// 10 in the secondary cache.
static void counters(void) {
  volatile uint64_t* const at = cached(kPlace);
  uint64_t counts[2];
  for (unsigned event = 9; event <= 10; ++event) {
    for (unsigned k = 0; k < 4; ++k) CACHE(kHitWriteBackS, (const volatile char*)at + 128 * k);
    // mtpc $0, 1; mtps $8, 1; ...; mtps $0, 1; mfpc $8, 1, which the assembler only knows of the
    // R10000.
    __asm__ volatile(
        ".set push\n.set noreorder\n.word 0x4080c803\nmove $8, %1\n.word 0x4088c802\n"
        "ld $8, 0(%2)\nld $8, 32(%2)\nld $8, 128(%2)\nld $8, 0(%2)\nsd $8, 256(%2)\n"
        ".word 0x4080c802\n.word 0x4008c803\nmove %0, $8\n.set pop"
        : "=&r"(counts[event - 9])
        : "r"(event << 5 | 2), "r"(at)
        : "$8", "memory");
  }
  check(counts[0] == 4 && counts[1] == 3, "performance counters",
        "four lines missed, three of them in memory");
}

int main(void) {
  data_lines();
  secondary_lines();
  instruction_lines();
  links();
  counters();
  report("caches");
}
