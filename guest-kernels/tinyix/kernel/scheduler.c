// Round robin on every processor. See scheduler.h and process.h.
//
// Locks are taken in this order: what the caller of sleep_on() or wake() holds, the sleepers of a
// channel, a run queue. A process may be made runnable, and be found by another processor, before
// its stack has been left: `on_cpu` says until when.
#include "scheduler.h"

#include "atomic.h"
#include "cp0.h"
#include "disk.h"
#include "machine.h"
#include "panic.h"
#include "terminal.h"
#include "trap.h"

enum { kBuckets = 32 };

struct list {
  struct process* volatile first, *last;
};

// Processes that wait for their turn on one processor.
static struct run_queue {
  struct spinlock lock;
  struct list waiting;
  volatile uint32_t length;
  volatile uint64_t arrivals;
  volatile uint32_t is_idle;  // nothing to do, until someone says otherwise
} queues[kMaxCpus];

// Sleepers, by channel.
static struct bucket {
  struct spinlock lock;
  struct list sleeping;
} buckets[kBuckets];

static void append(struct list* list, struct process* p) {
  p->next = NULL;
  if (list->first) {
    list->last->next = p;
  } else {
    list->first = p;
  }
  list->last = p;
}

static struct process* take_first(struct list* list) {
  struct process* const p = list->first;
  if (p) list->first = p->next;
  return p;
}

static struct run_queue* own_queue(void) { return &queues[this_cpu()->index]; }

// --- who runs where

// An idle processor, best the one at `from`; without any, `from`.
static uint32_t best_place(uint32_t from) {
  for (uint32_t i = 0; i < cpu_count; ++i) {
    const uint32_t at = from + i < cpu_count ? from + i : from + i - cpu_count;
    if (queues[at].is_idle) return at;
  }
  return from;
}

static void enqueue(uint32_t at, struct process* p) {
  struct run_queue* const queue = &queues[at];
  acquire(&queue->lock);
  append(&queue->waiting, p);
  ++queue->length;
  ++queue->arrivals;
  const uint32_t was_idle = queue->is_idle;
  queue->is_idle = 0;
  release(&queue->lock);
  if (was_idle && at != this_cpu()->index) cpu_interrupt(&cpus[at]);
}

static struct process* dequeue(uint32_t at) {
  struct run_queue* const queue = &queues[at];
  if (queue->length == 0) return NULL;
  acquire(&queue->lock);
  struct process* const p = take_first(&queue->waiting);
  if (p) --queue->length;
  release(&queue->lock);
  return p;
}

void make_runnable(struct process* p) {
  p->state = kRunnable;
  enqueue(best_place(p->cpu), p);
}

// From the processor where most wait.
static struct process* steal(void) {
  uint32_t longest = 0, length = 0;
  for (uint32_t i = 0; i < cpu_count; ++i) {
    if (queues[i].length <= length) continue;
    longest = i;
    length = queues[i].length;
  }
  struct process* const p = length ? dequeue(longest) : NULL;
  if (p && longest != this_cpu()->index) ++this_cpu()->counters.steals;
  return p;
}

// A process waits here while another processor has nothing to do: it went idle before the process
// came.
static void call_for_help(void) {
  for (uint32_t i = 0; i < cpu_count; ++i) {
    if (!queues[i].is_idle) continue;
    cpu_interrupt(&cpus[i]);
    return;
  }
}

// --- switching

void await_stack(const struct process* p) {
  while (p->on_cpu) relax();
  memory_barrier();
}

// Makes `next` this processor's process; its context is to be switched to.
static void take_on(struct process* next) {
  struct cpu* const cpu = this_cpu();
  await_stack(next);
  next->state = kRunning;
  next->on_cpu = 1;
  next->cpu = cpu->index;
  frame_of_process(next)->cpu = cpu;
  cpu->current = next;
  cpu->joined_late = !cpu->slice_begins;
  cpu->slice_begins = 0;
  space_activate(next->space, next->block->directory);
  ++cpu->counters.switches;
}

void finish_switch(void) {
  struct cpu* const cpu = this_cpu();
  struct process* const left = cpu->left;
  if (!left) return;
  cpu->left = NULL;
  const int is_dead = left->state == kDead;
  memory_barrier();
  left->on_cpu = 0;
  if (is_dead) left->state = kFree;
}

// Who is on a stack must not wait for another one's: two processors could wait for each other.
static struct process* dequeue_ready(void) {
  const uint32_t here = this_cpu()->index;
  struct process* const next = dequeue(here);
  if (!next || next == current() || !next->on_cpu) return next;
  enqueue(here, next);
  return NULL;
}

void schedule(void) {
  struct process* const me = current();
  struct process* const next = dequeue_ready();
  if (next == me) {  // woken before it had stopped
    me->state = kRunning;
    return;
  }
  this_cpu()->left = me;
  if (cpu_count > 1) fpu_leave(me);
  if (next) {
    take_on(next);
    switch_context(&me->context, &next->context);
  } else {
    this_cpu()->current = NULL;
    space_deactivate();
    switch_context(&me->context, &this_cpu()->idle);
  }
  finish_switch();
}

static uint64_t all_arrivals(void) {
  uint64_t sum = 0;
  for (uint32_t i = 0; i < cpu_count; ++i) sum += queues[i].arrivals;
  return sum;
}

// Nobody can wake anybody: every processor is idle, all at the same time, and no device will say
// anything. One that was seen idle can only have stopped being so because a process arrived
// somewhere. Devices are asked behind: the last one to go idle may have started a request just
// before. A request that has ended meanwhile has first made somebody runnable, which is an arrival.
static int is_stuck(void) {
  const uint64_t before = all_arrivals();
  memory_barrier();
  for (uint32_t i = 0; i < cpu_count; ++i)
    if (!queues[i].is_idle || queues[i].length != 0) return 0;
  memory_barrier();
  if (terminal_is_awaited() || disk_is_busy()) return 0;
  memory_barrier();
  return all_arrivals() == before;
}

static void idle(void) {
  struct run_queue* const queue = own_queue();
  acquire(&queue->lock);
  queue->is_idle = queue->length == 0;
  release(&queue->lock);
  memory_barrier();
  for (uint32_t i = 0; i < cpu_count; ++i)
    if (queues[i].length != 0) queue->is_idle = 0;
  if (!queue->is_idle) return;
  if (is_stuck()) panic("every process sleeps and nothing can wake one");
  doze();
  serve_interrupts(READ_CP0_32(CP0_CAUSE) & (INTERRUPT_DEVICE | INTERRUPT_PROCESSOR));
  queue->is_idle = 0;
}

void scheduler(void) {
  for (;;) {
    struct process* next = dequeue(this_cpu()->index);
    if (!next) next = steal();
    if (next) {
      take_on(next);
      switch_context(&this_cpu()->idle, &next->context);
      finish_switch();
    } else {
      idle();
    }
  }
}

void yield(void) {
  const struct run_queue* const queue = own_queue();
  if (queue->length == 0) return;
  if (cpu_count > 1) call_for_help();
  struct process* const me = current();
  me->state = kRunnable;
  enqueue(me->cpu, me);
  schedule();
}

// A slice that began with another process does not end this one's turn: one that is always switched
// to when the timer is due would never come to do anything.
void end_slice(void) {
  if (this_cpu()->joined_late) {
    this_cpu()->joined_late = 0;
    return;
  }
  this_cpu()->slice_begins = 1;
  yield();
  this_cpu()->slice_begins = 0;
}

// --- sleeping

static struct bucket* bucket_of(const void* channel) {
  const uint64_t at = (uint64_t)channel;
  return &buckets[(at >> 4 ^ at >> 12) % kBuckets];
}

static void sleep(const void* channel, struct spinlock* lock, int even_if_ending) {
  struct process* const me = current();
  struct bucket* const bucket = bucket_of(channel);
  acquire(&bucket->lock);
  me->waiting_for = channel;
  me->state = kSleeping;
  append(&bucket->sleeping, me);
  release(&bucket->lock);
  release(lock);  // from here on wake() finds us
  memory_barrier();
  if (!even_if_ending && me->is_ending) wake(channel);  // who said so may have looked too early
  schedule();
  acquire(lock);
}

void sleep_on(const void* channel, struct spinlock* lock) { sleep(channel, lock, 1); }

int sleep_unless_ending(const void* channel, struct spinlock* lock) {
  sleep(channel, lock, 0);
  return !current()->is_ending;
}

// A list that holds somebody is never seen empty, not even for a moment: others look before they
// take the lock.
void wake(const void* channel) {
  struct bucket* const bucket = bucket_of(channel);
  struct list* const list = &bucket->sleeping;
  memory_barrier();
  if (!list->first) return;
  acquire(&bucket->lock);
  for (struct process *before = NULL, *p = list->first, *next; p; p = next) {
    next = p->next;
    if (p->waiting_for != channel) {
      before = p;
      continue;
    }
    if (before) {
      before->next = next;
    } else {
      list->first = next;
    }
    if (list->last == p) list->last = before;
    make_runnable(p);
  }
  release(&bucket->lock);
}
