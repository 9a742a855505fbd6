// The life of a process. See process.h; who runs next is in scheduler.c.
#include "process.h"

#include "atomic.h"
#include "console.h"
#include "cp0.h"
#include "frames.h"
#include "fs.h"
#include "log.h"
#include "panic.h"
#include "pipe.h"
#include "runtime.h"
#include "scheduler.h"
#include "terminal.h"
#include "tinyix.h"

enum { kStackGuard = 0x7461636b };

static struct process processes[kMaxProcesses];
static struct process_block blocks[kMaxProcesses];
// Who is whose parent, who has ended, and which places are free.
static struct spinlock family_lock;
static uint64_t last_pid;

static struct {
  uint64_t free_frames;
  int verbose;
} at_shutdown;

static struct process* take_place(void) {
  acquire(&family_lock);
  struct process* p = processes;
  while (p < processes + kMaxProcesses && p->state != kFree) ++p;
  if (p == processes + kMaxProcesses) {
    p = NULL;
  } else {
    p->state = kStarting;
    p->parent = NULL;
    p->leader = p;
    p->members = 0;
    p->is_shell = 0;
    p->is_ending = 0;
    p->pid = ++last_pid;
  }
  release(&family_lock);
  return p;
}

struct process* process_create(struct address_space* space) {
  struct process* const p = take_place();
  if (!p) return NULL;
  p->block = &blocks[p - processes];
  p->block->stack[0] = kStackGuard;
  p->cpu = this_cpu()->index;
  p->directory.leaves = p->block->directory;
  p->space = space ? space : space_create();
  space_join(p->space, &p->directory);
  p->descriptors = p->table;
  p->thread_pointer = 0;
  memset(p->table, 0, sizeof p->table);
  memset(frame_of_process(p), 0, FRAME_SIZE);
  fpu_forget(p);
  p->context = (struct context){.sp = (uint64_t)frame_of_process(p), .ra = (uint64_t)first_run};
  return p;
}

void process_start(struct process* p) { make_runnable(p); }

static void release_resources(struct process* p) {
  for (int i = 0; i < kMaxDescriptors; ++i) descriptor_close(&p->table[i]);
  space_leave(p->space, &p->directory);
}

void process_discard(struct process* p) {
  release_resources(p);
  p->state = kFree;
}

// It will not return to user mode, and not sleep for what may never come.
static void end(struct process* p, int status) {
  if (!p->is_ending) p->ending_status = status;
  memory_barrier();
  p->is_ending = 1;
  memory_barrier();
  if (p->state == kSleeping) wake(p->waiting_for);
  if (p->state == kRunning && p->cpu != this_cpu()->index) cpu_interrupt(&cpus[p->cpu]);
}

void check_stack(const struct process* p) {
  if (p->block->stack[0] != kStackGuard) panic("kernel stack of process %lu overflowed", p->pid);
}

// What a child has from its parent whether or not they share their memory. Its pid: from then on it
// may run and end.
static int64_t start_child(struct process* child) {
  struct process* const parent = current()->leader;
  for (int i = 0; i < kMaxDescriptors; ++i)
    descriptor_copy(&child->descriptors[i], &parent->descriptors[i]);
  memcpy(child->name, parent->name, sizeof child->name);
  child->parent = parent;
  const int64_t pid = (int64_t)child->pid;
  if (parent->is_ending) end(child, parent->ending_status);  // it came too late to be seen
  process_start(child);
  return pid;
}

int64_t fork_process(void) {
  struct process* const parent = current();
  struct process* const child = process_create(NULL);
  if (!child) return -TINYIX_EAGAIN;
  const int64_t error = space_fork(child->space, parent->space);
  if (error) {
    process_discard(child);
    return error;
  }
  fpu_fork(child);
  child->thread_pointer = parent->thread_pointer;
  memcpy(frame_of_process(child), frame_of_process(parent), FRAME_SIZE);
  frame_of_process(child)->reg[kV0] = 0;
  return start_child(child);
}

// It belongs to the running process and has no parent: nobody waits for it.
static int64_t start_member(struct process* thread) {
  struct process* const leader = current()->leader;
  thread->leader = leader;
  thread->descriptors = leader->table;
  memcpy(thread->name, leader->name, sizeof thread->name);
  acquire(&family_lock);
  ++leader->members;
  if (leader->is_ending) thread->is_ending = 1;  // too late: its first trap ends it
  release(&family_lock);
  const int64_t pid = (int64_t)thread->pid;
  process_start(thread);
  return pid;
}

int64_t start_thread(user_address entry, user_address argument, user_address stack, int is_member) {
  struct process* const child = process_create(current()->space);
  if (!child) return -TINYIX_EAGAIN;
  struct trap_frame* const f = frame_of_process(child);
  f->epc = entry;
  f->status = frame_of_process(current())->status & ~(uint64_t)STATUS_CU1;
  f->reg[kA0] = argument;
  f->reg[kSp] = stack;
  return is_member ? start_member(child) : start_child(child);
}

void shutdown_expects(uint64_t free_frames, int verbose) {
  at_shutdown.free_frames = free_frames;
  at_shutdown.verbose = verbose;
}

static void print_counters(void) {
  for (const struct cpu* c = cpus; c < cpus + cpu_count; ++c)
    print(
        "tinyix: processor %u on node %u: %lu switches, %lu steals, %lu interprocessor interrupts, "
        "%lu flushes\n",
        c->index, c->node, c->counters.switches, c->counters.steals, c->counters.interrupts,
        c->counters.flushes);
}

// The file system has been committed and closes nothing any more; what it holds in memory is not
// counted.
static void leave_files(struct process* p) {
  for (int i = 0; i < kMaxDescriptors; ++i)
    if (p->table[i].file) p->table[i] = (struct descriptor){kClosed, NULL, NULL};
}

// The first process has ended: so do all others, and every frame must be free again.
static void shut_down(int status) __attribute__((noreturn));
static void shut_down(int status) {
  if (fs_is_mounted()) log_commit();
  cpus_stop();
  uint64_t left = 0;
  for (struct process* p = processes; p < processes + kMaxProcesses; ++p) {
    if (p == current() || p->state == kFree || p->state == kZombie || p->state == kDead) continue;
    leave_files(p);
    release_resources(p);
    ++left;
  }
  if (at_shutdown.verbose) {
    if (cpu_count > 1) print_counters();
    print("tinyix: %lu processes in all, %lu still alive; %lu frames free, %lu at boot\n", last_pid,
          left, frames_free(), at_shutdown.free_frames);
  }
  if (frames_free() != at_shutdown.free_frames) {
    print("tinyix: %ld frames leaked\n", (int64_t)(at_shutdown.free_frames - frames_free()));
    power_off(kExitLeak);
  }
  const int signal = status & 0x7f;
  power_off(signal ? 128 + (uint64_t)signal : (uint64_t)status >> 8);
}

// With the lock held: the place of a zombie is free again.
static void bury(struct process* p) {
  await_stack(p);
  p->state = kFree;
}

// Returns when none is left.
static void end_members(struct process* leader) {
  acquire(&family_lock);
  leader->is_ending = 1;
  for (struct process* p = processes; leader->members != 0 && p < processes + kMaxProcesses; ++p)
    if (p != leader && p->state != kFree && p->state != kDead && p->leader == leader) end(p, 0);
  while (leader->members != 0) sleep_on(&leader->members, &family_lock);
  release(&family_lock);
}

static void leave_process(struct process* p) __attribute__((noreturn));
static void leave_process(struct process* p) {
  struct process* const leader = p->leader;
  release_resources(p);
  fpu_forget(p);
  acquire(&family_lock);
  p->state = kDead;
  --leader->members;
  release(&family_lock);
  wake(&leader->members);
  schedule();
  panic("leave_process: a dead thread runs");
}

void exit_thread(int status) {
  struct process* const p = current();
  if (p->leader == p) exit_process(status);
  leave_process(p);
}

void exit_process(int status) {
  struct process* const p = current();
  if (p->leader != p) {
    end(p->leader, status);
    leave_process(p);
  }
  end_members(p);
  release_resources(p);
  terminal_leave(p);
  fpu_forget(p);
  if (p->pid == 1) shut_down(status);

  acquire(&family_lock);
  for (struct process* c = processes; c < processes + kMaxProcesses; ++c) {
    if (c->state == kFree || c->parent != p) continue;
    c->parent = NULL;
    if (c->state == kZombie) bury(c);
  }
  p->status = status;
  // Without a parent there is nobody to wait for: the place is free when the stack has been left
  // (finish_switch).
  p->state = p->parent ? kZombie : kDead;
  const struct process* const parent = p->parent;
  release(&family_lock);
  if (parent) wake(parent);
  schedule();
  panic("exit_process: a dead process runs");
}

int64_t kill_process(int64_t pid, int signal) {
  if (pid == (int64_t)current()->leader->pid && signal != 0) {
    print("tinyix: process %ld (%s): ended itself by signal %d\n", pid, current()->name, signal);
    exit_process(signal);
  }
  int64_t result = -TINYIX_ESRCH;
  acquire(&family_lock);
  for (struct process* p = processes; p < processes + kMaxProcesses; ++p) {
    if (p->state == kFree || p->state == kZombie || p->state == kDead) continue;
    if ((int64_t)p->pid != pid || p->leader != p) continue;
    if (signal != 0) end(p, signal);
    result = 0;
  }
  release(&family_lock);
  return result;
}

int64_t wait_for_child(int* status, int64_t which, int may_sleep) {
  struct process* const me = current()->leader;
  acquire(&family_lock);
  for (;;) {
    int children = 0;
    for (struct process* c = processes; c < processes + kMaxProcesses; ++c) {
      if (c->state == kFree || c->parent != me) continue;
      if (which != kAnyPid && (int64_t)c->pid != which) continue;
      ++children;
      if (c->state != kZombie) continue;
      *status = c->status;
      const int64_t pid = (int64_t)c->pid;
      bury(c);
      release(&family_lock);
      return pid;
    }
    int64_t result = children == 0 ? -TINYIX_ECHILD : may_sleep ? 1 : 0;
    // A child's exit wakes its parent.
    if (result == 1 && !sleep_unless_ending(me, &family_lock)) result = -TINYIX_EINTR;
    if (result == 1) continue;
    release(&family_lock);
    return result;
  }
}

int interrupt_processes(void) {
  int count = 0;
  acquire(&family_lock);
  for (struct process* p = processes; p < processes + kMaxProcesses; ++p) {
    if (p->state == kFree || p->state == kZombie || p->state == kDead || p->is_shell) continue;
    end(p, kSigInt);
    ++count;
  }
  release(&family_lock);
  return count;
}
