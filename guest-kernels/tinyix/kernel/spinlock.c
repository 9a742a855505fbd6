// See spinlock.h.
#include "spinlock.h"

#include "panic.h"

void acquire_slowly(struct spinlock* lock) {
  do {
    if (lock->holder == lock_holder_here())
      panic("acquire: processor %u holds the lock already", this_cpu()->index);
    while (lock->holder != 0) relax();
  } while (!try_acquire(lock));
}
