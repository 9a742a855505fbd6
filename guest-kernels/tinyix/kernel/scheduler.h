// Between process.c, cpu.c and scheduler.c. Every processor has a run queue; one that has nothing
// to do takes from the others'.
#pragma once

#include "process.h"

/// Runs processes on this processor, on the stack of its caller. Never returns.
void scheduler(void) __attribute__((noreturn));
/// The running process stops: its state says why, and whoever makes it runnable again can know it
/// already. Returns when it runs again.
void schedule(void);
/// `p` may run: on the processor where it ran last, or on one that has nothing to do. Its state is
/// kStarting or kSleeping, and nobody else does the same.
void make_runnable(struct process* p);
/// Waits until the kernel stack of `p`, which runs no more, has been left.
void await_stack(const struct process* p);
/// Where a process's first turn begins (vectors.S), and what comes first there and wherever a
/// switch returns.
void first_run(void);
void finish_switch(void);
