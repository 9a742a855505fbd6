// What processors do to shared words without a lock, by LL/SC. No other memory reference may stand
// between the two: it would end the link (R10000 UM 1.8).
#pragma once

#include <stdint.h>

/// Adds `n`; the new value.
static inline uint64_t atomic_add(volatile uint64_t* word, uint64_t n) {
  uint64_t sum, now;
  __asm__ volatile(
      ".set push\n.set noreorder\n"
      "1: lld   %0, %2\n"
      "   daddu %0, %0, %3\n"
      "   move  %1, %0\n"
      "   scd   %1, %2\n"
      "   beqz  %1, 1b\n"
      "   nop\n"
      ".set pop"
      : "=&r"(sum), "=&r"(now), "+m"(*word)
      : "r"(n)
      : "memory");
  return sum;
}

/// Everything before is seen by others before everything behind.
static inline void memory_barrier(void) { __asm__ volatile("sync" : : : "memory"); }
