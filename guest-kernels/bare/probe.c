// Checks and TLB helpers of the programs that provoke exceptions.
#include "probe.h"

static uint64_t checks, failures;

void check(int ok, const char* name, const char* what) {
  ++checks;
  if (ok) return;
  ++failures;
  put_text("FAIL ");
  put_text(name);
  put_text(": ");
  put_text(what);
  put_text(" (vector ");
  put_hex(last_exception.vector);
  put_text(" cause ");
  put_hex(last_exception.cause & 0xffffffff);
  put_text(" epc ");
  put_hex(last_exception.epc);
  put_text(" badvaddr ");
  put_hex(last_exception.bad_vaddr);
  put_line(")");
}

void report(const char* program) {
  put_text(failures == 0 ? "PASS " : "FAIL ");
  put_text(program);
  put_text(" (");
  put_decimal(checks - failures);
  put_text(" of ");
  put_decimal(checks);
  put_line(" checks)");
  finish(failures == 0 ? 0 : 1);
}

uint64_t entry_lo(uint64_t pa, uint64_t bits) { return (pa >> 12) << 6 | bits; }

void write_tlb(uint32_t index, uint64_t va, uint8_t asid, uint64_t size, uint64_t lo0,
               uint64_t lo1) {
  WRITE_CP0_32(CP0_PAGEMASK, (uint32_t)((size - 4096) << 1) & 0x01ffe000);
  WRITE_CP0(CP0_ENTRYHI, (va & ~UINT64_C(0x1fff)) | asid);
  WRITE_CP0(CP0_ENTRYLO0, lo0);
  WRITE_CP0(CP0_ENTRYLO1, lo1);
  WRITE_CP0_32(CP0_INDEX, index);
  __asm__ volatile("tlbwi; nop; nop; nop; nop" : : : "memory");
  WRITE_CP0_32(CP0_PAGEMASK, 0);
}

uint32_t tlb_entries(void) {
  static uint32_t entries;  // remembered: a program may overwrite the device tree's memory
  if (entries == 0) entries = property_u32("disco,tlb-entries", (uint32_t)argument("tlb", 64));
  return entries;
}

void clear_tlb(void) {
  for (uint32_t i = 0; i < tlb_entries(); ++i)
    write_tlb(i, UINT64_C(0xffffffff80000000) + i * UINT64_C(0x2000), 0, 4096, 0, 0);
}
