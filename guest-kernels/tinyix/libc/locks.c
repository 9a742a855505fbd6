// Locks over words that sleep in the kernel, and the locks that the C library asks for.
#include <sched.h>
#include <stdlib.h>

#include "system.h"

enum { kFree, kHeld, kAwaited, kPatience = 50 };

int word_try_lock(volatile uint32_t* word) {
  uint32_t expected = kFree;
  return __atomic_compare_exchange_n(word, &expected, kHeld, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

void word_lock(volatile uint32_t* word) {
  for (int i = 0; i < kPatience; ++i)
    if (*word == kFree && word_try_lock(word)) return;
  while (__atomic_exchange_n(word, kAwaited, __ATOMIC_ACQUIRE) != kFree)
    tinyix_futex_wait(word, kAwaited);
}

void word_unlock(volatile uint32_t* word) {
  if (__atomic_exchange_n(word, kFree, __ATOMIC_RELEASE) == kAwaited) tinyix_futex_wake(word);
}

struct __lock {
  volatile uint32_t word;
  uint32_t depth;
  struct tinyix_thread* volatile owner;
};

struct __lock __lock___sinit_recursive_mutex, __lock___sfp_recursive_mutex,
    __lock___atexit_recursive_mutex, __lock___at_quick_exit_mutex, __lock___malloc_recursive_mutex,
    __lock___env_recursive_mutex, __lock___tz_mutex, __lock___dd_hash_mutex,
    __lock___arc4random_mutex;

void __retarget_lock_init(_LOCK_T* lock) {
  *lock = calloc(1, sizeof **lock);
  if (!*lock) abort();
}
void __retarget_lock_init_recursive(_LOCK_T* lock) { __retarget_lock_init(lock); }
void __retarget_lock_close(_LOCK_T lock) { free(lock); }
void __retarget_lock_close_recursive(_LOCK_T lock) { free(lock); }

void __retarget_lock_acquire(_LOCK_T lock) { word_lock(&lock->word); }
int __retarget_lock_try_acquire(_LOCK_T lock) { return word_try_lock(&lock->word); }
void __retarget_lock_release(_LOCK_T lock) { word_unlock(&lock->word); }

void __retarget_lock_acquire_recursive(_LOCK_T lock) {
  if (lock->owner != this_thread()) {
    word_lock(&lock->word);
    lock->owner = this_thread();
  }
  ++lock->depth;
}

int __retarget_lock_try_acquire_recursive(_LOCK_T lock) {
  if (lock->owner != this_thread()) {
    if (!word_try_lock(&lock->word)) return 0;
    lock->owner = this_thread();
  }
  ++lock->depth;
  return 1;
}

void __retarget_lock_release_recursive(_LOCK_T lock) {
  if (--lock->depth != 0) return;
  lock->owner = NULL;
  word_unlock(&lock->word);
}
