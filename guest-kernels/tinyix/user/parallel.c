// Many processors at one task, in five phases with a barrier between: a stencil whose reads cross
// the machine, counters under locks, a shared queue of tasks, barriers alone, and processes that
// send results through pipes. What it computes does not depend on the number of threads.  parallel
// [threads=all processors] [size=256K] [rounds=4] [operations=4000]
//
// The line "figures:" says what it took, in nanoseconds of simulated time; it is for programs to
// read.
#include <disco.h>
#include <string.h>
#include <sys/wait.h>
#include <tinyix.h>
#include <unistd.h>

#include "workload.h"

enum { kPage = 4096, kLine = 128, kMostThreads = 64, kCounters = 64 };

static struct {
  unsigned threads;
  uint64_t words, rounds, operations;
} job;

struct counter {  // alone in its cache line
  struct lock lock;
  uint64_t sum, count;
} __attribute__((aligned(kLine)));

struct result {  // of one thread
  uint64_t stencil, queue, local_pages;
} __attribute__((aligned(kLine)));

enum phase { kStencil, kLocks, kQueue, kBarriers, kPhases };

static uint64_t *old_words, *new_words;
static struct counter counters[kCounters];
static struct result results[kMostThreads];
static struct barrier barrier;
static uint64_t took[kPhases];

static struct {
  struct lock lock __attribute__((aligned(kLine)));
  uint64_t* tasks __attribute__((aligned(kLine)));
  uint64_t head, tail;
  uint64_t unfinished;
} queue;

// Waits for all; thread 0 then notes how long the phase was that ends here.
static void end_phase(enum phase phase, unsigned number, uint64_t* began) {
  barrier_wait(&barrier);
  const uint64_t now = nanoseconds();
  if (number == 0) took[phase] = now - *began;
  *began = now;
}

// Every thread owns whole pages as far as they go round.
static uint64_t first_word(unsigned number) {
  const uint64_t pages = job.words * sizeof(uint64_t) / kPage;
  return pages * number / job.threads * (kPage / sizeof(uint64_t));
}

static void stencil(unsigned number) {
  const uint64_t from = first_word(number), to = first_word(number + 1);
  for (uint64_t i = from; i < to; ++i) old_words[i] = mix(i);
  memset(new_words + from, 0, (to - from) * sizeof(uint64_t));
  barrier_wait(&barrier);
  uint64_t *source = old_words, *target = new_words;
  for (uint64_t round = 0; round < job.rounds; ++round) {
    for (uint64_t i = from; i < to; ++i)
      target[i] = mix(source[i] + source[(i + job.words / 2) % job.words] +
                      source[(i + 1) % job.words] + round);
    uint64_t* const t = source;
    source = target;
    target = t;
    barrier_wait(&barrier);
  }
  for (uint64_t i = from; i < to; ++i) results[number].stencil += source[i] * (i + 1);
  for (uint64_t i = from; i < to; i += kPage / sizeof(uint64_t))
    results[number].local_pages += node_of_page(&old_words[i]) == (int)node();
}

static void count_under_locks(unsigned number) {
  for (uint64_t i = number; i < job.operations; i += job.threads) {
    struct counter* const c = &counters[mix(i) % kCounters];
    lock_acquire(&c->lock);
    c->sum = c->sum + mix(i + 1);
    ++c->count;
    lock_release(&c->lock);
  }
}

// A binary tree of tasks, numbered from 1: each puts its children into the queue.
static void put_task(uint64_t task) {
  queue.tasks[queue.tail++ % job.operations] = task;
  ++queue.unfinished;
}

// 0: there is none at the moment.
static uint64_t take_task(void) {
  if (*(volatile uint64_t*)&queue.head == *(volatile uint64_t*)&queue.tail) return 0;
  lock_acquire(&queue.lock);
  const uint64_t task = queue.head == queue.tail ? 0 : queue.tasks[queue.head++ % job.operations];
  lock_release(&queue.lock);
  return task;
}

static void finish_task(uint64_t task) {
  lock_acquire(&queue.lock);
  for (uint64_t child = 2 * task; child <= 2 * task + 1; ++child)
    if (child < job.operations) put_task(child);
  --queue.unfinished;
  lock_release(&queue.lock);
}

static void work_off_queue(unsigned number) {
  while (*(volatile uint64_t*)&queue.unfinished != 0) {
    const uint64_t task = take_task();
    if (task == 0) continue;
    results[number].queue += mix(task);
    finish_task(task);
  }
}

static void work(void* argument, unsigned number) {
  (void)argument;
  barrier_wait(&barrier);
  uint64_t began = nanoseconds();
  stencil(number);
  end_phase(kStencil, number, &began);
  count_under_locks(number);
  end_phase(kLocks, number, &began);
  work_off_queue(number);
  end_phase(kQueue, number, &began);
  for (uint64_t i = 0; i < job.rounds * 16; ++i) barrier_wait(&barrier);
  end_phase(kBarriers, number, &began);
}

static uint64_t add_up(unsigned number) {
  uint64_t sum = 0;
  for (uint64_t i = first_word(number); i < first_word(number + 1); ++i) {
    old_words[i] += mix(i);  // where memory is a copy: from here on
    sum += old_words[i];
  }
  return sum;
}

static void process_failed(void) {
  printf("parallel: a process failed\n");
  exit(1);
}

// As many processes as threads, this one and copies of it, each on its own memory; what they have
// in common is the pipe.
static uint64_t run_processes(void) {
  const unsigned copies = job.threads - 1;
  int ends[2];
  if (pipe(ends) != 0) process_failed();
  for (unsigned n = 0; n < copies; ++n) {
    const int pid = fork();
    if (pid < 0) process_failed();
    if (pid != 0) continue;
    const uint64_t sum = add_up(n);
    _exit(write(ends[1], &sum, sizeof sum) == sizeof sum ? 0 : 1);
  }
  uint64_t sum = add_up(copies);
  for (unsigned n = 0; n < copies; ++n) {
    uint64_t part = 0;
    int status;
    if (read(ends[0], &part, sizeof part) != sizeof part || wait(&status) < 0 || status != 0)
      process_failed();
    sum += part;
  }
  return sum;
}

static void* whole_pages(uint64_t bytes) {
  return (void*)(((uintptr_t)allocate(bytes + kPage) + kPage - 1) & ~(uintptr_t)(kPage - 1));
}

int main(int argc, char** argv) {
  job.threads = (unsigned)argument(argc, argv, 1, processors());
  job.words = argument(argc, argv, 2, 256 << 10) / kPage * kPage / sizeof(uint64_t);
  job.rounds = argument(argc, argv, 3, 4);
  job.operations = argument(argc, argv, 4, 4000);
  if (job.threads == 0 || job.threads > kMostThreads || job.words == 0 || job.operations < 2) {
    printf("parallel: 1 to %d threads, at least a page and 2 operations\n", kMostThreads);
    return 2;
  }
  old_words = whole_pages(job.words * sizeof(uint64_t));
  new_words = whole_pages(job.words * sizeof(uint64_t));
  queue.tasks = allocate(job.operations * sizeof(uint64_t));
  barrier.threads = job.threads;
  put_task(1);

  mark(1);
  if (threads_run(job.threads, work, NULL) != 0) {
    printf("parallel: a thread failed\n");
    return 1;
  }
  const uint64_t began = nanoseconds(), processes = run_processes(), ended = nanoseconds();
  mark(2);

  uint64_t stencil_sum = 0, queue_sum = 0, locks = 0, count = 0, local = 0;
  for (unsigned n = 0; n < job.threads; ++n) {
    stencil_sum += results[n].stencil;
    queue_sum += results[n].queue;
    local += results[n].local_pages;
  }
  for (int i = 0; i < kCounters; ++i) {
    locks = locks * 31 + counters[i].sum;
    count += counters[i].count;
  }
  printf("parallel: %" PRIu64 " words, %" PRIu64 " rounds, %" PRIu64
         " operations, checksums %016" PRIx64 " %016" PRIx64 " %016" PRIx64 " %016" PRIx64 "\n",
         job.words, job.rounds, count, stencil_sum, locks, queue_sum, processes);
  printf("figures: threads=%u stencil_ns=%" PRIu64 " lock_ns=%" PRIu64 " lock_operations=%" PRIu64
         " queue_ns=%" PRIu64 " queue_tasks=%" PRIu64 " barrier_ns=%" PRIu64 " barriers=%" PRIu64
         " processes_ns=%" PRIu64 " local_pages=%" PRIu64 " pages=%" PRIu64 "\n",
         job.threads, took[kStencil], took[kLocks], count, took[kQueue], job.operations - 1,
         took[kBarriers], job.rounds * 16, ended - began, local,
         job.words * sizeof(uint64_t) / kPage);
  return 0;
}
