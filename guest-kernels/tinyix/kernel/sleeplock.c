// See sleeplock.h.
#include "sleeplock.h"

#include "process.h"

void sleep_acquire(struct sleep_lock* lock) {
  acquire(&lock->lock);
  while (lock->is_held) sleep_on(lock, &lock->lock);
  lock->is_held = 1;
  release(&lock->lock);
}

void sleep_release(struct sleep_lock* lock) {
  acquire(&lock->lock);
  lock->is_held = 0;
  release(&lock->lock);
  wake(lock);
}
