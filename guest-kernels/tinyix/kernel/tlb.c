// See tlb.h. The idioms are the customary ones: tlbp, then tlbwi of the found index; an invalid
// entry gets a VPN2 of its own in KSEG0, which nothing can match.
#include "tlb.h"

#include "cp0.h"

#define UNMATCHABLE(index) (0xffffffff80000000 + (uint64_t)(index)*2 * PAGE_SIZE)

static uint32_t tlb_entries;

static void write_indexed(uint32_t index, uint64_t hi, uint64_t lo0, uint64_t lo1) {
  WRITE_CP0(CP0_ENTRYHI, hi);
  WRITE_CP0(CP0_ENTRYLO0, lo0);
  WRITE_CP0(CP0_ENTRYLO1, lo1);
  WRITE_CP0_32(CP0_INDEX, index);
  __asm__ volatile("tlbwi" : : : "memory");
}

void tlb_start(uint32_t entries) {
  tlb_entries = entries;
  tlb_drop_all();
}

// Index of the entry for `at` in the current address space; negative without one. Sets EntryHi.
static int32_t probe(user_address at, uint64_t asid) {
  WRITE_CP0(CP0_ENTRYHI, (at & ~(user_address)(2 * PAGE_SIZE - 1)) | asid);
  __asm__ volatile("tlbp" : : : "memory");
  return (int32_t)READ_CP0_32(CP0_INDEX);
}

void tlb_renew(user_address at, uint64_t lo0, uint64_t lo1) {
  const uint64_t asid = READ_CP0(CP0_ENTRYHI) & 0xff;
  if (probe(at, asid) < 0) return;
  WRITE_CP0(CP0_ENTRYLO0, lo0);
  WRITE_CP0(CP0_ENTRYLO1, lo1);
  __asm__ volatile("tlbwi" : : : "memory");
}

void tlb_drop(user_address at) {
  const uint64_t asid = READ_CP0(CP0_ENTRYHI) & 0xff;
  const int32_t index = probe(at, asid);
  if (index >= 0) write_indexed((uint32_t)index, UNMATCHABLE(index), 0, 0);
  WRITE_CP0(CP0_ENTRYHI, asid);
}

void tlb_drop_all(void) {
  const uint64_t asid = READ_CP0(CP0_ENTRYHI) & 0xff;
  for (uint32_t i = READ_CP0_32(CP0_WIRED); i < tlb_entries; ++i)
    write_indexed(i, UNMATCHABLE(i), 0, 0);
  WRITE_CP0(CP0_ENTRYHI, asid);
}
