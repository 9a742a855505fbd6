// Between process.c and scheduler.c. process_lock guards the states of all processes; it is held
// across a switch and released by whoever runs next.
#pragma once

#include "process.h"

extern struct spinlock process_lock;

struct process* process_table(void);
/// Runs someone else, until the running process is runnable and its turn has come. Requires: the
/// lock is held and the running process's state says why it stops. Returns with the lock held.
void schedule(void);
/// wake() with the lock held.
void wake_locked(const void* channel);
/// Where a process's first turn begins (vectors.S).
void first_run(void);
/// Releases the lock for it.
void leave_scheduler(void);
