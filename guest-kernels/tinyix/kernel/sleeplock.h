// Locks that are held while the disk works: who waits sleeps.
#pragma once

#include "spinlock.h"

struct sleep_lock {
  struct spinlock lock;
  int is_held;
};

/// Requires: a process runs, or nobody holds the lock (at boot).
void sleep_acquire(struct sleep_lock* lock);
void sleep_release(struct sleep_lock* lock);
