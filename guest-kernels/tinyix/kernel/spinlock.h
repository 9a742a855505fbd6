// Spin locks by load-linked and store-conditional. They say which processor holds them, so that one
// that is taken twice is found.
//
// Interrupts are off in the kernel, so a processor that spins could not answer another one that
// holds the lock and waits for a TLB flush (shootdown.h): whoever spins serves such requests
// meanwhile.
#pragma once

#include <stdint.h>

#include "cpu.h"

struct spinlock {
  volatile uint32_t holder;  // 1 + the processor's number; 0: nobody
};

/// spinlock.c. Requires: the running processor does not hold it.
void acquire_slowly(struct spinlock* lock);
/// What `holder` is while this processor holds it.
static inline uint32_t lock_holder_here(void) { return this_cpu()->index + 1; }

static inline int try_acquire(struct spinlock* lock) {
  uint32_t was, now;
  __asm__ volatile(
      ".set push\n.set noreorder\n"
      "1: ll   %0, %2\n"
      "   bnez %0, 2f\n"
      "   move %1, %3\n"
      "   sc   %1, %2\n"
      "   beqz %1, 1b\n"
      "   nop\n"
      "   sync\n"
      "2:\n"
      ".set pop"
      : "=&r"(was), "=&r"(now), "+m"(lock->holder)
      : "r"(lock_holder_here())
      : "memory");
  return was == 0;
}

static inline void acquire(struct spinlock* lock) {
  if (!try_acquire(lock)) acquire_slowly(lock);
}

static inline void release(struct spinlock* lock) {
  __asm__ volatile("sync" : : : "memory");
  lock->holder = 0;
}
