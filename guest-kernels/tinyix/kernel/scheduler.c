// Round robin. See scheduler.h and process.h.
#include "scheduler.h"

#include "console.h"
#include "cp0.h"
#include "panic.h"
#include "trap.h"

struct spinlock process_lock;
struct cpu cpus[1] = {{.asid_last = 0x100}};  // generation 1, ASID 0 taken

// The first runnable process behind `last`, itself at the very end.
static struct process* next_after(const struct process* last) {
  struct process* const table = process_table();
  const int from = last ? (int)(last - table) : kMaxProcesses - 1;
  for (int i = 1; i <= kMaxProcesses; ++i) {
    struct process* p = &table[(from + i) % kMaxProcesses];
    if (p->state == kRunnable) return p;
  }
  return NULL;
}

// Nobody can run: wait for a device, the only thing that can change it.
static void idle(void) {
  release(&process_lock);
  if (!console_is_awaited()) panic("every process sleeps and nothing can wake one");
  doze();
  serve_interrupts(READ_CP0_32(CP0_CAUSE) & INTERRUPT_DEVICE);
  acquire(&process_lock);
}

static struct process* choose(const struct process* last) {
  struct process* next;
  while (!(next = next_after(last))) idle();
  next->state = kRunning;
  return next;
}

void schedule(void) {
  struct process *const me = current(), *const next = choose(me);
  if (next == me) return;
  this_cpu()->current = next;
  space_activate(&next->space);
  switch_context(&me->context, &next->context);
}

void scheduler_start(void) {
  acquire(&process_lock);
  struct process* const first = choose(NULL);
  this_cpu()->current = first;
  space_activate(&first->space);
  switch_context(&this_cpu()->boot, &first->context);
  panic("scheduler_start: returned");
}

void leave_scheduler(void) { release(&process_lock); }

void yield(void) {
  acquire(&process_lock);
  current()->state = kRunnable;
  schedule();
  release(&process_lock);
}

void sleep_on(const void* channel, struct spinlock* lock) {
  // With process_lock held no wake() can slip in between.
  acquire(&process_lock);
  release(lock);
  current()->waiting_for = channel;
  current()->state = kSleeping;
  schedule();
  release(&process_lock);
  acquire(lock);
}

void wake_locked(const void* channel) {
  struct process* const table = process_table();
  for (struct process* p = table; p < table + kMaxProcesses; ++p)
    if (p->state == kSleeping && p->waiting_for == channel) p->state = kRunnable;
}

void wake(const void* channel) {
  acquire(&process_lock);
  wake_locked(channel);
  release(&process_lock);
}
