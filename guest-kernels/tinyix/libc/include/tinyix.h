// What this kernel has beyond POSIX: where processors and memory are, threads that are collected as
// children are, and locks that spin.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Starts a thread that calls body(argument) and exits with 0: a process that shares its maker's
/// memory, with its own pid and copies of its maker's descriptors. wait() collects it, and it
/// outlives its maker. Its stack comes from malloc and stays. Its pid, or -1 and errno.
pid_t thread_start(void (*body)(void* argument), void* argument, size_t stack_bytes);

/// Processors of the machine; the one that runs the caller right now, and its node.
unsigned processors(void);
unsigned processor(void);
unsigned node(void);
/// The node whose memory holds the page at `p`; -1 and errno if there is none.
int node_of_page(const void* p);

/// A lock; all zeros is a free one. Spins, and lets others run when that takes long.
struct lock {
  volatile uint32_t taken;
};
void lock_acquire(struct lock* lock);
void lock_release(struct lock* lock);

/// All `threads` that share it wait for each other. Begins as {.threads = n}.
struct barrier {
  uint32_t threads;
  volatile uint32_t arrived, round;
};
void barrier_wait(struct barrier* barrier);

/// Runs body(argument, 0) here and body(argument, 1 .. count - 1) in threads; returns when all have
/// returned. 0, or -1 if one could not be started or failed.
int threads_run(unsigned count, void (*body)(void* argument, unsigned number), void* argument);

#ifdef __cplusplus
}
#endif
