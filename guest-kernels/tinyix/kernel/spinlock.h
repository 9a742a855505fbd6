// Spin locks by load-linked and store-conditional. With one CPU nobody ever spins; they mark what
// will need mutual exclusion when there are more, and check that no lock is taken twice.
#pragma once

#include <stdint.h>

#include "panic.h"

struct spinlock {
  volatile uint32_t held;
};

static inline void acquire(struct spinlock* lock) {
  uint32_t was, now;
  do {
    __asm__ volatile(
        ".set push\n.set noreorder\n"
        "1: ll   %0, %2\n"
        "   li   %1, 1\n"
        "   sc   %1, %2\n"
        "   beqz %1, 1b\n"
        "   sync\n"
        ".set pop"
        : "=&r"(was), "=&r"(now), "+m"(lock->held)
        :
        : "memory");
    if (was) panic("acquire: held on the only CPU");
  } while (was);
}

static inline void release(struct spinlock* lock) {
  __asm__ volatile("sync" : : : "memory");
  lock->held = 0;
}
