// See futex.h.
#include "futex.h"

#include "process.h"
#include "spinlock.h"
#include "tinyix.h"
#include "vm.h"

// Between looking at the word and going to sleep nobody is woken.
static struct spinlock lock;

// No address in the kernel: its upper half is the lower half of the space's.
static const void* channel_of(user_address address) {
  return (const void*)((uint64_t)current()->space << 32 | (address & UINT32_MAX));
}

int64_t futex_wait(user_address address, uint32_t expected) {
  uint32_t word = 0;
  int64_t result = 0;
  acquire(&lock);
  if (address % sizeof word != 0 || copy_in(current()->space, &word, address, sizeof word) != 0)
    result = -TINYIX_EFAULT;
  else if (word != expected)
    result = -TINYIX_EAGAIN;
  else if (!sleep_unless_ending(channel_of(address), &lock))
    result = -TINYIX_EINTR;
  release(&lock);
  return result;
}

void futex_wake(user_address address) {
  acquire(&lock);
  wake(channel_of(address));
  release(&lock);
}
