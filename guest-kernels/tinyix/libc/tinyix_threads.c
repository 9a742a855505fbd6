// See <tinyix.h>.
#include "include/tinyix.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "system.h"

enum { kStackBytes = 16384, kPatience = 200, kMostThreads = 64 };

struct start {
  void (*body)(void* argument);
  void* argument;
};

static void* run(void* at) {
  const struct start start = *(struct start*)at;
  free(at);
  start.body(start.argument);
  return NULL;
}

pid_t thread_start(void (*body)(void* argument), void* argument, size_t stack_bytes) {
  char* stack_top;
  struct start* const start = malloc(sizeof *start);
  struct tinyix_thread* const thread = start ? thread_make(stack_bytes, &stack_top) : NULL;
  long pid = -ENOMEM;
  if (thread) {
    *start = (struct start){body, argument};
    thread->body = run;
    thread->argument = start;
    pid = thread_begin(thread, stack_top, TINYIX_THREAD_CHILD);
    if (pid >= 0) return (pid_t)pid;
    thread_free(thread);
  }
  free(start);
  return (pid_t)tinyix_answer(pid);
}

unsigned processors(void) { return (unsigned)tinyix_processors(); }
unsigned processor(void) { return (unsigned)tinyix_where(NULL) & 0xffff; }
unsigned node(void) { return (unsigned)tinyix_where(NULL) >> 16; }

int node_of_page(const void* p) { return (int)tinyix_answer(p ? tinyix_where(p) : -EFAULT); }

void lock_acquire(struct lock* lock) {
  // Looks before it tries: a line that many only read can be in all their caches.
  for (int i = 1; lock->taken || __atomic_exchange_n(&lock->taken, 1, __ATOMIC_ACQUIRE); ++i)
    if (i % kPatience == 0) sched_yield();
}

void lock_release(struct lock* lock) { __atomic_store_n(&lock->taken, 0, __ATOMIC_RELEASE); }

void barrier_wait(struct barrier* barrier) {
  const uint32_t round = barrier->round;
  if (__atomic_add_fetch(&barrier->arrived, 1, __ATOMIC_ACQ_REL) == barrier->threads) {
    barrier->arrived = 0;
    __atomic_store_n(&barrier->round, round + 1, __ATOMIC_RELEASE);
  } else {
    for (int i = 1; __atomic_load_n(&barrier->round, __ATOMIC_ACQUIRE) == round; ++i)
      if (i % kPatience == 0) sched_yield();
  }
}

struct part {
  void (*body)(void* argument, unsigned number);
  void* argument;
  unsigned number;
};

static void run_part(void* at) {
  const struct part* const part = at;
  part->body(part->argument, part->number);
}

int threads_run(unsigned count, void (*body)(void* argument, unsigned number), void* argument) {
  static struct part parts[kMostThreads];
  pid_t pids[kMostThreads];
  if (count == 0 || count > kMostThreads) return -1;
  unsigned started = 1;
  for (; started < count; ++started) {
    parts[started] = (struct part){body, argument, started};
    pids[started] = thread_start(run_part, &parts[started], kStackBytes);
    if (pids[started] < 0) break;
  }
  if (started != count) return -1;
  int result = 0;
  body(argument, 0);
  while (--started > 0) {
    int status;
    if (wait(&status) < 0 || status != 0) result = -1;
  }
  return result;
}
