// See shootdown.h.
#include "shootdown.h"

#include "atomic.h"
#include "process.h"

// A processor says which space it runs before it reads its ASID there (space_activate), we write
// the ASID before we ask which space it runs: one of us sees the other.
void shoot_down(struct address_space* space) {
  uint64_t tickets[kMaxCpus];
  struct cpu* const me = this_cpu();
  for (uint32_t i = 0; i < cpu_count; ++i)
    if (i != me->index) space->asid[i] = 0;
  memory_barrier();
  for (uint32_t i = 0; i < cpu_count; ++i) {
    tickets[i] = 0;
    if (i == me->index || cpus[i].space != space) continue;
    tickets[i] = atomic_add(&cpus[i].flushes_wanted, 1);
    cpu_interrupt(&cpus[i]);
  }
  for (uint32_t i = 0; i < cpu_count; ++i)
    while (cpus[i].flushes_done < tickets[i]) relax();
}

void serve_shootdown(void) {
  struct cpu* const me = this_cpu();
  const uint64_t wanted = me->flushes_wanted;
  if (wanted == me->flushes_done) return;
  memory_barrier();
  if (me->space) space_activate(me->space, current()->block->directory);
  ++me->counters.flushes;
  memory_barrier();
  me->flushes_done = wanted;
}
