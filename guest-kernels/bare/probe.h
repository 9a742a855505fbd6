// Provoking exceptions and looking at them. probe_vectors.S records the exception and resumes in
// kernel mode at $ra, as if the provoking function had returned: so a snippet must leave $ra and
// the callee-saved registers alone.
#pragma once

#include "bare.h"

/// The CP0 registers as the handler found them.
struct exception {
  uint64_t vector;  // 0x000, 0x080 or 0x180
  uint64_t cause;
  uint64_t epc;
  uint64_t bad_vaddr;
  uint64_t status;
  uint64_t context;
  uint64_t xcontext;
  uint64_t entry_hi;
  uint64_t count;  // exceptions so far
  uint64_t t0;
};
extern volatile struct exception last_exception;

enum { kVectorUtlb = 0x000, kVectorXtlb = 0x080, kVectorGeneral = 0x180 };

static inline unsigned exception_code(void) { return (unsigned)(last_exception.cause >> 2) & 31; }
static inline int in_delay_slot(void) { return (int)(last_exception.cause >> 31) & 1; }

/// Jumps to `entry` with Status = `status` (by eret, so EXL is clear there) and `arg` in a0; back
/// after the next exception.
void run_with_status(uint64_t entry, uint64_t status, uint64_t arg);
/// Calls `entry` with `arg` in a0 and Status = `status`, in kernel mode. Back at the first
/// exception or when it returns; Status is STATUS_AT_START again.
void call_with_status(uint64_t entry, uint64_t status, uint64_t arg);

/// Counts checks. A failed one prints "FAIL name" with what was seen, and the run ends with 1.
void check(int ok, const char* name, const char* what);
/// Prints "PASS program (n checks)" and ends the run with 0, or with 1 if a check failed.
void report(const char* program) __attribute__((noreturn));

/// Writes an entry: pages of `size` bytes (4096 << 2k), even page `lo0`, odd page `lo1`.
void write_tlb(uint32_t index, uint64_t va, uint8_t asid, uint64_t size, uint64_t lo0,
               uint64_t lo1);
/// An EntryLo for the frame at `pa`.
uint64_t entry_lo(uint64_t pa, uint64_t bits);
/// Every entry invalid, at a VPN2 of its own.
void clear_tlb(void);
/// From the device tree; 64 without one.
uint32_t tlb_entries(void);
