// Processors: what belongs to each, how they are started and stopped, how one reaches another.
//
// In the kernel register gp holds the running processor's `struct cpu`; a process that moves to
// another processor finds that one's there. On the way in from user mode it comes from the trap
// frame (vectors.S).
#pragma once

#ifndef __ASSEMBLER__
#include <stdint.h>

#include "frame.h"

enum { kMaxCpus = 64 };
struct process;
struct address_space;
struct boot_facts;

struct cpu {
  struct process* current;      // the first member: symbol current_process. Null: idle
  uint32_t index;               // in cpus[]
  uint32_t number, node;        // MAGIC's
  struct context idle;          // of scheduler(), while a process runs
  struct process* left;         // whose stack was left last and is not free to be run yet
  struct address_space* space;  // which the TLB translates for; null: none
  uint64_t asid_last;           // generation << 8 | the ASID given out last
  struct process* fpu_owner;    // whose registers the floating-point unit holds; null: nobody's
  volatile uint64_t flushes_wanted, flushes_done;  // shootdown.h
  volatile uint32_t has_started, has_stopped;
  uint32_t slice_begins;  // whoever is switched to now has a whole time slice
  uint32_t joined_late;   // the running process has not
  struct {
    uint64_t switches, steals, interrupts, flushes;
  } counters;
};
extern struct cpu cpus[kMaxCpus];
extern uint32_t cpu_count;

register struct cpu* cpu_register __asm__("$28");
static inline struct cpu* this_cpu(void) { return cpu_register; }
static inline struct process* current(void) { return this_cpu()->current; }

/// Starts the machine's other processors, each in scheduler().
void cpus_start(const struct boot_facts* facts);
/// Stops them, each outside the kernel or idle: whoever returns from here is alone, and no spin
/// lock is held.
void cpus_stop(void);

/// Raises the interprocessor interrupt of `cpu`: it looks around.
void cpu_interrupt(const struct cpu* cpu);
/// The running processor was interrupted by another one.
void serve_processor_interrupt(void);
/// A turn of a loop that waits for another processor.
void relax(void);
#endif
