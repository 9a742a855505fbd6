// <pthread.h>: threads, what is done once, and values of threads. They belong to their process,
// which ends with its first thread or with exit().
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "system.h"

enum { kStackBytes = 256 << 10, kDestructorRounds = 4, kTries = 1000 };

static struct {
  volatile uint32_t word;  // a lock for all of this
  struct tinyix_thread* detached;
  int is_taken[kKeys];
  void (*destructors[kKeys])(void*);
  volatile uint32_t others;  // threads besides the first that have not ended
} all;

pthread_t pthread_self(void) { return this_thread(); }
int pthread_equal(pthread_t a, pthread_t b) { return a == b; }

// --- attributes

int pthread_attr_init(pthread_attr_t* attr) {
  *attr = (pthread_attr_t){PTHREAD_CREATE_JOINABLE, kStackBytes};
  return 0;
}
int pthread_attr_destroy(pthread_attr_t* attr) {
  (void)attr;
  return 0;
}
int pthread_attr_setstacksize(pthread_attr_t* attr, size_t bytes) {
  if (bytes < PTHREAD_STACK_MIN) return EINVAL;
  attr->stacksize = bytes;
  return 0;
}
int pthread_attr_getstacksize(const pthread_attr_t* attr, size_t* bytes) {
  *bytes = attr->stacksize;
  return 0;
}
int pthread_attr_setdetachstate(pthread_attr_t* attr, int state) {
  if (state != PTHREAD_CREATE_DETACHED && state != PTHREAD_CREATE_JOINABLE) return EINVAL;
  attr->detachstate = state;
  return 0;
}
int pthread_attr_getdetachstate(const pthread_attr_t* attr, int* state) {
  *state = attr->detachstate;
  return 0;
}

// --- beginning and ending

// Those that have ended are freed when the next thread is made. With the lock held.
static void free_detached(void) {
  for (struct tinyix_thread** link = &all.detached; *link;) {
    struct tinyix_thread* const thread = *link;
    if (thread->state == kEnded) {
      *link = thread->next_detached;
      thread_free(thread);
    } else {
      link = &thread->next_detached;
    }
  }
}

static void detach(struct tinyix_thread* thread) {
  word_lock(&all.word);
  thread->next_detached = all.detached;
  all.detached = thread;
  word_unlock(&all.word);
}

static void* run(void* argument) {
  struct tinyix_thread* const thread = this_thread();
  (void)argument;
  pthread_exit(thread->begin(thread->begin_argument));
}

int pthread_create(pthread_t* to, const pthread_attr_t* attr, void* (*body)(void*),
                   void* argument) {
  pthread_attr_t chosen;
  char* stack_top;
  pthread_attr_init(&chosen);
  if (attr) chosen = *attr;
  word_lock(&all.word);
  free_detached();
  word_unlock(&all.word);
  struct tinyix_thread* const thread = thread_make(chosen.stacksize, &stack_top);
  if (!thread) return EAGAIN;
  thread->body = run;
  thread->begin = body;
  thread->begin_argument = argument;
  *to = thread;  // before the thread can look
  __atomic_add_fetch(&all.others, 1, __ATOMIC_ACQ_REL);
  long pid = -EAGAIN;
  // The kernel's place of a thread that was joined is free a moment later.
  for (int i = 0; i < kTries && pid == -EAGAIN; ++i) {
    if (i != 0) sched_yield();
    pid = thread_begin(thread, stack_top, TINYIX_THREAD_OF_PROCESS);
  }
  if (pid < 0) {
    __atomic_sub_fetch(&all.others, 1, __ATOMIC_ACQ_REL);
    thread_free(thread);
    return EAGAIN;
  }
  if (chosen.detachstate == PTHREAD_CREATE_DETACHED) detach(thread);
  return 0;
}

static void run_destructors(struct tinyix_thread* thread) {
  int found = 1;
  for (int round = 0; found && round < kDestructorRounds; ++round) {
    found = 0;
    for (int key = 0; key < kKeys; ++key) {
      void* const value = (void*)(uintptr_t)thread->values[key];
      if (!value || !all.destructors[key]) continue;
      thread->values[key] = NULL;
      all.destructors[key](value);
      found = 1;
    }
  }
}

// The first thread's description is nobody's to free; the process goes on until the others have
// ended.
static void end_first_thread(void) __attribute__((noreturn));
static void end_first_thread(void) {
  for (uint32_t left; (left = all.others) != 0;) tinyix_futex_wait(&all.others, left);
  exit(0);
}

void pthread_exit(void* result) {
  struct tinyix_thread* const thread = this_thread();
  run_destructors(thread);
  if (!thread->block) end_first_thread();
  thread->result = result;
  _reclaim_reent(thread->reent);
  if (__atomic_sub_fetch(&all.others, 1, __ATOMIC_ACQ_REL) == 0) tinyix_futex_wake(&all.others);
  tinyix_thread_leave(&thread->state);
}

int pthread_join(pthread_t thread, void** result) {
  if (thread == this_thread()) return EDEADLK;
  for (uint32_t state; (state = thread->state) != kEnded;) tinyix_futex_wait(&thread->state, state);
  __atomic_thread_fence(__ATOMIC_ACQUIRE);
  if (result) *result = thread->result;
  thread_free(thread);
  return 0;
}

int pthread_detach(pthread_t thread) {
  detach(thread);
  return 0;
}

// --- once

int pthread_once(pthread_once_t* once, void (*routine)(void)) {
  enum { kNotYet, kUnderWay, kDone };
  for (uint32_t word; (word = __atomic_load_n(&once->word, __ATOMIC_ACQUIRE)) != kDone;) {
    if (word == kUnderWay) {
      tinyix_futex_wait(&once->word, kUnderWay);
    } else if (__atomic_compare_exchange_n(&once->word, &word, kUnderWay, 0, __ATOMIC_ACQUIRE,
                                           __ATOMIC_RELAXED)) {
      routine();
      __atomic_store_n(&once->word, kDone, __ATOMIC_RELEASE);
      tinyix_futex_wake(&once->word);
    }
  }
  return 0;
}

// --- values

int pthread_key_create(pthread_key_t* to, void (*destructor)(void*)) {
  int key = 0;
  word_lock(&all.word);
  while (key < kKeys && all.is_taken[key]) ++key;
  if (key < kKeys) {
    all.is_taken[key] = 1;
    all.destructors[key] = destructor;
    *to = (pthread_key_t)key;
  }
  word_unlock(&all.word);
  return key < kKeys ? 0 : EAGAIN;
}

int pthread_key_delete(pthread_key_t key) {
  if (key >= kKeys) return EINVAL;
  word_lock(&all.word);
  all.is_taken[key] = 0;
  all.destructors[key] = NULL;
  word_unlock(&all.word);
  return 0;
}

int pthread_setspecific(pthread_key_t key, const void* value) {
  if (key >= kKeys || !all.is_taken[key]) return EINVAL;
  this_thread()->values[key] = value;
  return 0;
}

void* pthread_getspecific(pthread_key_t key) {
  return key < kKeys ? (void*)(uintptr_t)this_thread()->values[key] : NULL;
}
