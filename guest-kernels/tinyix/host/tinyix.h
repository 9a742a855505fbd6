// <tinyix.h> for programs built for the host, over its own threads. There is one node.
#pragma once
#include <pthread.h>
#include <sched.h>
#include <stdint.h>

static inline unsigned processors(void) { return 4; }
static inline unsigned node(void) { return 0; }
static inline int node_of_page(const void* p) { return p ? 0 : -1; }

struct lock {
  volatile uint32_t taken;
};
static inline void lock_acquire(struct lock* lock) {
  while (__atomic_exchange_n(&lock->taken, 1, __ATOMIC_ACQUIRE)) sched_yield();
}
static inline void lock_release(struct lock* lock) {
  __atomic_store_n(&lock->taken, 0, __ATOMIC_RELEASE);
}

struct barrier {
  uint32_t threads;
  volatile uint32_t arrived, round;
};
static inline void barrier_wait(struct barrier* barrier) {
  const uint32_t round = barrier->round;
  if (__atomic_add_fetch(&barrier->arrived, 1, __ATOMIC_ACQ_REL) == barrier->threads) {
    barrier->arrived = 0;
    __atomic_store_n(&barrier->round, round + 1, __ATOMIC_RELEASE);
  } else {
    while (__atomic_load_n(&barrier->round, __ATOMIC_ACQUIRE) == round) sched_yield();
  }
}

struct host_part {
  void (*body)(void* argument, unsigned number);
  void* argument;
  unsigned number;
};
static inline void* host_run_part(void* at) {
  const struct host_part* const part = at;
  part->body(part->argument, part->number);
  return NULL;
}
static inline int threads_run(unsigned count, void (*body)(void* argument, unsigned number),
                              void* argument) {
  struct host_part parts[64];
  pthread_t threads[64];
  for (unsigned n = 1; n < count; ++n) {
    parts[n] = (struct host_part){body, argument, n};
    if (pthread_create(&threads[n], NULL, host_run_part, &parts[n]) != 0) return -1;
  }
  body(argument, 0);
  for (unsigned n = 1; n < count; ++n) pthread_join(threads[n], NULL);
  return 0;
}
