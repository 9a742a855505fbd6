// Processes, the processor they run on, and who runs next.
//
// The kernel is not preemptible and runs with interrupts off: user mode is interrupted by the
// timer, the kernel gives the processor away only in sleep_on(), yield() and exit_process().
#pragma once

#include <stdint.h>

#include "fpu.h"
#include "frame.h"
#include "machine.h"
#include "spinlock.h"
#include "vm.h"

enum { kMaxProcesses = 64, kMaxDescriptors = 16, kNameLength = 24 };
enum process_state { kFree, kStarting, kRunnable, kRunning, kSleeping, kZombie };
enum { kSigIll = 4, kSigTrap = 5, kSigFpe = 8, kSigBus = 10, kSigSegv = 11 };

enum descriptor_kind { kClosed, kConsole, kPipeReader, kPipeWriter };
struct pipe;
struct descriptor {
  enum descriptor_kind kind;
  struct pipe* pipe;
};

/// The directory that Context points at, and the kernel stack that grows down towards it.
struct process_block {
  uint64_t* directory[kDirectoryEntries];
  uint64_t stack[(BLOCK_SIZE - DIRECTORY_SIZE) / 8];
} __attribute__((aligned(BLOCK_SIZE)));
_Static_assert(sizeof(struct process_block) == BLOCK_SIZE, "process.h");

struct process {
  uint64_t pid;  // the first member: tools outside look for it here
  enum process_state state;
  struct process* parent;   // null: nobody will wait
  const void* waiting_for;  // while kSleeping
  int status;               // while kZombie, as wait() gives it: code << 8, or a signal
  struct context context;
  struct address_space space;
  struct descriptor descriptors[kMaxDescriptors];
  struct process_block* block;
  struct fpu_state fpu;     // while another has the unit
  char name[kNameLength];
};

/// What belongs to one processor.
struct cpu {
  struct process* current;  // the first member: symbol current_process
  uint64_t asid_last;       // generation << 8 | the ASID given out last
  struct context boot;      // of kernel_main; never resumed
  struct process* fpu_owner;  // whose registers the floating-point unit holds; null: nobody's
};
extern struct cpu cpus[1];
/// With several CPUs, the one whose MAGIC number is read at boot into its Context register.
static inline struct cpu* this_cpu(void) { return &cpus[0]; }
static inline struct process* current(void) { return this_cpu()->current; }

static inline struct trap_frame* frame_of_process(struct process* p) {
  return (struct trap_frame*)((char*)p->block + BLOCK_SIZE - FRAME_SIZE);
}

/// A process with an empty address space and a fresh stack, not yet runnable. Null if there are too
/// many.
struct process* process_create(void);
/// It may run: from its trap frame.
void process_start(struct process* p);
/// Undoes process_create().
void process_discard(struct process* p);

/// Copies the running process. The child's pid, or a negative error.
int64_t fork_process(void);
/// The running process ends; `status` as wait() gives it. If it is the first one, the machine is
/// powered off.
void exit_process(int status) __attribute__((noreturn));
/// Sleeps until a child has ended, and forgets it. Its pid, or -ECHILD.
int64_t wait_for_child(int* status);

/// Lets the others run first.
void yield(void);
/// Sleeps until wake(channel); `lock` is released meanwhile.
void sleep_on(const void* channel, struct spinlock* lock);
void wake(const void* channel);

/// Begins with the first process; never returns.
void scheduler_start(void) __attribute__((noreturn));
/// Panics if the kernel stack of `p` has met its directory.
void check_stack(const struct process* p);
/// Free frames before the first process, for the check at the end; say more at power-off.
void shutdown_expects(uint64_t free_frames, int verbose);
