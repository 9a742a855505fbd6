// The floating-point unit belongs to the process that used it last; the others' registers are kept
// here. A process begins without it (Status.CU1 = 0), and its first floating-point instruction
// traps.
#pragma once

#define FPU_REGISTER(n) (8 * (n))
#define FPU_FCSR 256

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

struct fpu_state {
  uint64_t reg[32];
  uint64_t fcsr;
};
_Static_assert(offsetof(struct fpu_state, fcsr) == FPU_FCSR, "fpu.h");

struct process;
struct trap_frame;

/// The running process, which has not got the unit, gets it: its trap frame will return with CU1.
void fpu_take(struct trap_frame* frame);
/// `p`, which stops running here and may continue on another processor, gives the unit back.
void fpu_leave(struct process* p);
/// `child` begins with a copy of the running process's registers.
void fpu_fork(struct process* child);
/// The registers of `p` are zero from here on: it starts another program, or ends.
void fpu_forget(struct process* p);
/// FCSR. Requires: the running process has the unit.
uint32_t fpu_status(void);

/// fpu_registers.S: the unit's registers, all 32 of 64 bits. What is loaded holds no cause with its
/// enable, which would be an exception here.
void fpu_save(struct fpu_state* to);
void fpu_load(const struct fpu_state* from);
#endif
