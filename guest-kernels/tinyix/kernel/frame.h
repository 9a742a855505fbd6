// What a trap saves, on top of the process's kernel stack; and what switching between two kernel
// stacks saves. Offsets for assembly, structures for C.
#pragma once

#define FRAME_REGISTER(n) (8 * (n))
#define FRAME_HI 256
#define FRAME_LO 264
#define FRAME_EPC 272
#define FRAME_STATUS 280
#define FRAME_CAUSE 288
#define FRAME_CPU 296
#define FRAME_SIZE 304

#define CONTEXT_SAVED(n) (8 * (n))  // s0 .. s7, s8
#define CONTEXT_SP 72
#define CONTEXT_RA 80

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

enum { kV0 = 2, kA0 = 4, kA1 = 5, kA2 = 6, kA3 = 7, kSp = 29 };

struct cpu;

struct trap_frame {
  uint64_t reg[32];
  uint64_t hi, lo;
  uint64_t epc;
  uint64_t status;  // to return with; fixed when the program starts
  uint64_t cause;
  struct cpu* cpu;  // where the process runs: gp in the kernel
};
_Static_assert(offsetof(struct trap_frame, hi) == FRAME_HI, "frame.h");
_Static_assert(offsetof(struct trap_frame, lo) == FRAME_LO, "frame.h");
_Static_assert(offsetof(struct trap_frame, epc) == FRAME_EPC, "frame.h");
_Static_assert(offsetof(struct trap_frame, status) == FRAME_STATUS, "frame.h");
_Static_assert(offsetof(struct trap_frame, cause) == FRAME_CAUSE, "frame.h");
_Static_assert(offsetof(struct trap_frame, cpu) == FRAME_CPU, "frame.h");
_Static_assert(sizeof(struct trap_frame) == FRAME_SIZE, "frame.h");

struct context {
  uint64_t saved[9];
  uint64_t sp, ra;
};
_Static_assert(offsetof(struct context, sp) == CONTEXT_SP, "frame.h");
_Static_assert(offsetof(struct context, ra) == CONTEXT_RA, "frame.h");

/// Saves the caller's registers in `from` and continues as `to` was saved.
void switch_context(struct context* from, const struct context* to);
/// Where a new process's context starts: sp points at its trap frame.
void start_user(void);
#endif
