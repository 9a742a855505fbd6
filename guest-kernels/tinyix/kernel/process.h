// Processes, and who runs next.
//
// A thread is a process that shares its maker's address space: its own kernel stack and page
// directory, the same page tables below. There are two kinds. A child thread has a pid and copies
// of the descriptors, and is waited for as any other child. A member belongs to the process of its
// leader, the thread that the process began with: one pid, one table of descriptors, and none
// outlives the leader, which ends all of them before it ends itself.
//
// The kernel is not preemptible and runs with interrupts off: user mode is interrupted by the
// timer, the kernel gives the processor away only in sleep_on(), yield() and exit_process().
#pragma once

#include <stdint.h>

#include "cpu.h"
#include "fpu.h"
#include "frame.h"
#include "machine.h"
#include "spinlock.h"
#include "vm.h"

enum { kMaxProcesses = 64, kMaxDescriptors = 16, kNameLength = 24 };
enum process_state { kFree, kStarting, kRunnable, kRunning, kSleeping, kZombie, kDead };
enum { kAnyPid = -1, kMostSignals = 32 };
enum { kSigInt = 2, kSigIll = 4, kSigTrap = 5, kSigFpe = 8, kSigBus = 10, kSigSegv = 11 };

enum descriptor_kind { kClosed, kConsole, kPipeReader, kPipeWriter, kFile };
struct pipe;
struct file;
struct descriptor {
  enum descriptor_kind kind;
  struct pipe* pipe;  // of the pipe kinds
  struct file* file;  // of kFile
};

/// The page directory that Context points at, and the kernel stack that grows down towards it.
struct process_block {
  uint64_t* directory[kDirectoryEntries];
  uint64_t stack[(BLOCK_SIZE - DIRECTORY_SIZE) / 8];
} __attribute__((aligned(BLOCK_SIZE)));
_Static_assert(sizeof(struct process_block) == BLOCK_SIZE, "process.h");

struct process {
  uint64_t pid;  // the first member: tools outside look for it here
  enum process_state state;
  volatile uint32_t on_cpu;  // its kernel stack is in use
  uint32_t cpu;              // where it runs, or ran last
  struct process* parent;    // null: nobody will wait
  struct process* next;      // in a run queue, while kRunnable; among sleepers, while kSleeping
  const void* waiting_for;   // while kSleeping
  volatile uint32_t is_ending;  // is to leave the kernel no more
  int ending_status;
  uint32_t is_shell;  // Ctrl-C is not for it but for what it runs
  int status;                // while kZombie, as wait() gives it: code << 8, or a signal
  struct context context;
  struct address_space* space;
  struct directory directory;   // the one in `block`, as `space` knows it
  struct process* leader;       // itself, or whose process this thread belongs to
  uint32_t members;             // of a leader: the others
  uint64_t thread_pointer;
  struct descriptor* descriptors;  // the leader's table
  struct descriptor table[kMaxDescriptors];
  struct spinlock table_lock;  // for which places are free
  struct process_block* block;
  struct fpu_state fpu;  // while another has the unit
  char name[kNameLength];
};

static inline struct trap_frame* frame_of_process(struct process* p) {
  return (struct trap_frame*)((char*)p->block + BLOCK_SIZE - FRAME_SIZE);
}

/// A process with a fresh stack that is not yet runnable, in `space`, or in an empty address space
/// of its own if that is null. Null if there are too many.
struct process* process_create(struct address_space* space);
/// It may run: from its trap frame.
void process_start(struct process* p);
/// Undoes process_create().
void process_discard(struct process* p);

/// Copies the running process. The child's pid, or a negative error.
int64_t fork_process(void);
/// Starts a thread: in this address space, at `entry` with `argument` in a0 and `stack` in sp. Its
/// pid, or a negative error.
int64_t start_thread(user_address entry, user_address argument, user_address stack, int is_member);
/// The running process ends; `status` as wait() gives it. If it is the first one, the machine is
/// powered off.
void exit_process(int status) __attribute__((noreturn));
/// The running thread ends, and if it is a leader its process with it.
void exit_thread(int status) __attribute__((noreturn));
/// Ends the process with this pid as by `signal`; 0: does nothing to it. 0, or -ESRCH.
int64_t kill_process(int64_t pid, int signal);
/// Sleeps until a child has ended (the one with this pid, if that is not -1), and forgets it. Its
/// pid, -ECHILD, or 0 if it would have to sleep and shall not.
int64_t wait_for_child(int* status, int64_t pid, int may_sleep);

/// Ctrl-C: all processes end but shells. How many.
int interrupt_processes(void);

/// Lets the others run first.
void yield(void);
/// The time slice is over.
void end_slice(void);
/// Sleeps until wake(channel); `lock` is released meanwhile.
void sleep_on(const void* channel, struct spinlock* lock);
/// The same, for what may never come: 0 if the process is to end instead.
int sleep_unless_ending(const void* channel, struct spinlock* lock);
void wake(const void* channel);

/// Panics if the kernel stack of `p` has met its directory.
void check_stack(const struct process* p);
/// Free frames before the first process, for the check at the end; say more at power-off.
void shutdown_expects(uint64_t free_frames, int verbose);
