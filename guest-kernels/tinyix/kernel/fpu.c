// See fpu.h.
#include "fpu.h"

#include "cp0.h"
#include "process.h"
#include "runtime.h"

static void give_up(struct process* owner) {
  fpu_save(&owner->fpu);
  frame_of_process(owner)->status &= ~(uint64_t)STATUS_CU1;
  this_cpu()->fpu_owner = NULL;
}

void fpu_take(struct trap_frame* frame) {
  struct cpu* const cpu = this_cpu();
  if (cpu->fpu_owner) give_up(cpu->fpu_owner);
  cpu->fpu_owner = current();
  fpu_load(&current()->fpu);
  frame->status |= STATUS_CU1;
}

void fpu_leave(struct process* p) {
  if (this_cpu()->fpu_owner == p) give_up(p);
}

void fpu_fork(struct process* child) {
  struct process* const parent = current();
  fpu_leave(parent);
  child->fpu = parent->fpu;
}

void fpu_forget(struct process* p) {
  if (this_cpu()->fpu_owner == p) this_cpu()->fpu_owner = NULL;
  memset(&p->fpu, 0, sizeof p->fpu);
}
