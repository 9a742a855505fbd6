// The life of a process. See process.h; who runs next is in scheduler.c.
#include "process.h"

#include "console.h"
#include "frames.h"
#include "panic.h"
#include "pipe.h"
#include "runtime.h"
#include "scheduler.h"
#include "tinyix.h"

enum { kStackGuard = 0x7461636b };

static struct process processes[kMaxProcesses];
static struct process_block blocks[kMaxProcesses];
static uint64_t last_pid;

static struct {
  uint64_t free_frames;
  int verbose;
} at_shutdown;

struct process* process_table(void) {
  return processes;
}

struct process* process_create(void) {
  acquire(&process_lock);
  struct process* p = processes;
  while (p < processes + kMaxProcesses && p->state != kFree) ++p;
  if (p == processes + kMaxProcesses) {
    release(&process_lock);
    return NULL;
  }
  p->state = kStarting;
  p->pid = ++last_pid;
  release(&process_lock);

  p->block = &blocks[p - processes];
  p->parent = NULL;
  p->block->stack[0] = kStackGuard;
  space_create(&p->space, p->block->directory);
  memset(p->descriptors, 0, sizeof p->descriptors);
  memset(frame_of_process(p), 0, FRAME_SIZE);
  fpu_forget(p);
  p->context = (struct context){.sp = (uint64_t)frame_of_process(p), .ra = (uint64_t)first_run};
  return p;
}

void process_start(struct process* p) {
  acquire(&process_lock);
  p->state = kRunnable;
  release(&process_lock);
}

static void release_resources(struct process* p) {
  for (int i = 0; i < kMaxDescriptors; ++i) descriptor_close(&p->descriptors[i]);
  space_clear(&p->space);
}

void process_discard(struct process* p) {
  release_resources(p);
  p->state = kFree;
}

void check_stack(const struct process* p) {
  if (p->block->stack[0] != kStackGuard) panic("kernel stack of process %lu overflowed", p->pid);
}

int64_t fork_process(void) {
  struct process* const parent = current();
  struct process* const child = process_create();
  if (!child) return -TINYIX_EAGAIN;
  const int64_t error = space_fork(&child->space, &parent->space);
  if (error) {
    process_discard(child);
    return error;
  }
  for (int i = 0; i < kMaxDescriptors; ++i)
    descriptor_copy(&child->descriptors[i], &parent->descriptors[i]);
  memcpy(child->name, parent->name, sizeof child->name);
  fpu_fork(child);
  memcpy(frame_of_process(child), frame_of_process(parent), FRAME_SIZE);
  frame_of_process(child)->reg[kV0] = 0;
  child->parent = parent;
  const int64_t pid = (int64_t)child->pid;
  process_start(child);
  return pid;
}

void shutdown_expects(uint64_t free_frames, int verbose) {
  at_shutdown.free_frames = free_frames;
  at_shutdown.verbose = verbose;
}

// The first process has ended: so do all others, and every frame must be free again.
static void shut_down(int status) __attribute__((noreturn));
static void shut_down(int status) {
  uint64_t left = 0;
  for (struct process* p = processes; p < processes + kMaxProcesses; ++p) {
    if (p == current() || p->state == kFree || p->state == kZombie) continue;
    release_resources(p);
    ++left;
  }
  if (at_shutdown.verbose)
    print("tinyix: %lu processes in all, %lu still alive; %lu frames free, %lu at boot\n", last_pid,
          left, frames_free(), at_shutdown.free_frames);
  if (frames_free() != at_shutdown.free_frames) {
    print("tinyix: %ld frames leaked\n", (int64_t)(at_shutdown.free_frames - frames_free()));
    power_off(kExitLeak);
  }
  const int signal = status & 0x7f;
  power_off(signal ? 128 + (uint64_t)signal : (uint64_t)status >> 8);
}

void exit_process(int status) {
  struct process* const p = current();
  release_resources(p);
  fpu_forget(p);
  if (p->pid == 1) shut_down(status);

  acquire(&process_lock);
  for (struct process* c = processes; c < processes + kMaxProcesses; ++c) {
    if (c->state == kFree || c->parent != p) continue;
    c->parent = NULL;
    if (c->state == kZombie) c->state = kFree;
  }
  p->status = status;
  // Without a parent there is nobody to wait for. The slot may be free at once, for its stack is
  // left for good before anyone can take it.
  p->state = p->parent ? kZombie : kFree;
  if (p->parent) wake_locked(p->parent);
  schedule();
  panic("exit_process: a dead process runs");
}

int64_t wait_for_child(int* status) {
  struct process* const me = current();
  acquire(&process_lock);
  for (;;) {
    int children = 0;
    for (struct process* c = processes; c < processes + kMaxProcesses; ++c) {
      if (c->state == kFree || c->parent != me) continue;
      ++children;
      if (c->state != kZombie) continue;
      *status = c->status;
      c->state = kFree;
      release(&process_lock);
      return (int64_t)c->pid;
    }
    if (children == 0) {
      release(&process_lock);
      return -TINYIX_ECHILD;
    }
    me->waiting_for = me;  // a child's exit wakes its parent
    me->state = kSleeping;
    schedule();
  }
}
