// See cpu.h.
#include "cpu.h"

#include "atomic.h"
#include "device_tree.h"
#include "frames.h"
#include "machine.h"
#include "panic.h"
#include "scheduler.h"
#include "shootdown.h"
#include "tlb.h"

struct cpu cpus[kMaxCpus];
uint32_t cpu_count = 1;

static volatile uint32_t stopping;

void secondary_start(void);                           // start.S
void secondary_main(void) __attribute__((noreturn));  // which calls it

void secondary_main(void) {
  tlb_drop_all();
  timer_begin();
  this_cpu()->has_started = 1;
  scheduler();
}

void cpus_start(const struct boot_facts* facts) {
  for (uint32_t i = 0; i < facts->cpus; ++i) {
    cpus[i].index = i;
    cpus[i].number = facts->cpu[i].number;
    cpus[i].node = facts->cpu[i].node;
    cpus[i].asid_last = 0x100;  // generation 1, ASID 0 taken
  }
  cpus[0].has_started = 1;
  cpu_count = facts->cpus;
  for (uint32_t i = 1; i < cpu_count; ++i) {
    char* const stack = frame_allocate_on(cpus[i].node);
    if (!stack) panic("no memory for the stack of processor %u", i);
    processor_launch(cpus[i].number, (uint64_t)secondary_start, (uint64_t)stack + PAGE_SIZE,
                     (uint64_t)&cpus[i]);
    while (!cpus[i].has_started) continue;
  }
}

void cpu_interrupt(const struct cpu* cpu) {
  memory_barrier();
  processor_interrupt(cpu->number);
}

void relax(void) { serve_shootdown(); }

void cpus_stop(void) {
  stopping = 1;
  for (uint32_t i = 0; i < cpu_count; ++i)
    if (i != this_cpu()->index) cpu_interrupt(&cpus[i]);
  for (uint32_t i = 0; i < cpu_count; ++i)
    while (i != this_cpu()->index && !cpus[i].has_stopped) relax();
}

// From user mode or idle: this processor holds no lock.
void serve_processor_interrupt(void) {
  processor_interrupt_acknowledge();
  ++this_cpu()->counters.interrupts;
  serve_shootdown();
  if (!stopping) return;
  this_cpu()->space = NULL;
  memory_barrier();
  this_cpu()->has_stopped = 1;
  for (;;) {  // others may still be on their way out and wait for an answer
    doze();
    processor_interrupt_acknowledge();
    serve_shootdown();
  }
}
