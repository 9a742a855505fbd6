// Do TLB entries translate what was written into them: every page size, ASIDs, G, the index
// instructions, Wired and Random? (R10000 UM 16)
#include "probe.h"

enum { kBase = 0x10000000, kFrames = 32 << 20, kLargest = 16 << 20 };

static void set_asid(uint8_t asid) { WRITE_CP0(CP0_ENTRYHI, asid); }

static void tlbp(uint64_t entry_hi) {
  WRITE_CP0(CP0_ENTRYHI, entry_hi);
  __asm__ volatile("tlbp; nop; nop; nop; nop" : : : "memory");
}

static int probe_hits(uint64_t entry_hi, uint32_t index) {
  tlbp(entry_hi);
  return READ_CP0_32(CP0_INDEX) == index;
}

static int probe_misses(uint64_t entry_hi) {
  tlbp(entry_hi);
  return READ_CP0_32(CP0_INDEX) >> 31 == 1;
}

/// A load that may fault: the value, or `otherwise` after an exception.
static uint64_t try_load(uint64_t va, uint64_t otherwise) {
  uint64_t value = otherwise;
  // The handler resumes at $ra, here behind the load.
  __asm__ volatile(
      ".set push\n.set noreorder\n"
      "dla $31, 1f\n"
      "ld %0, 0(%1)\n"
      "1:\n.set pop"
      : "+r"(value)
      : "r"(va)
      : "$31", "memory");
  return value;
}

static void mark_frames(void) {
  for (uint64_t pa = kFrames; pa < kFrames + 2 * (uint64_t)kLargest; pa += 4096) {
    uint64_t* const frame = KSEG0(pa);
    frame[0] = pa;
    frame[511] = pa + 4088;
  }
}

static void page_sizes(void) {
  const uint64_t valid = ENTRYLO_CACHED | ENTRYLO_V | ENTRYLO_D | ENTRYLO_G;
  set_asid(0);
  for (uint64_t size = 4096; size <= kLargest; size *= 4) {
    // The odd page shows the lower frames: even and odd cannot be mixed up unnoticed.
    write_tlb(3, kBase, 0, size, entry_lo(kFrames + size, valid), entry_lo(kFrames, valid));
    check(try_load(kBase, 1) == kFrames + size, "page size", "first word of the even page");
    check(try_load(kBase + size - 8, 1) == kFrames + 2 * size - 8, "page size",
          "last word of the even page");
    check(try_load(kBase + size, 1) == kFrames, "page size", "first word of the odd page");
    check(try_load(kBase + 2 * size - 8, 1) == kFrames + size - 8, "page size",
          "last word of the odd page");
    check(try_load(kBase + 2 * size, 1) == 1, "page size", "beyond the pair is a miss");
    check(try_load(kBase - 8, 1) == 1, "page size", "below the pair is a miss");
    check(probe_hits(kBase + 2 * size - 4096, 3), "page size",
          "tlbp ignores the bits under the mask");
  }
  write_tlb(3, UINT64_C(0xffffffff80000000) + 3 * 0x2000, 0, 4096, 0, 0);
}

static void read_back(void) {
  for (uint32_t i = 0; i < tlb_entries(); ++i)
    write_tlb(i, kBase + i * UINT64_C(0x800000), (uint8_t)(i + 1), 4096 << (2 * (i % 5)),
              entry_lo(i << 22, ENTRYLO_CACHED | ENTRYLO_V),
              entry_lo(i << 23, ENTRYLO_CACHED | ENTRYLO_D));
  for (uint32_t i = 0; i < tlb_entries(); ++i) {
    WRITE_CP0_32(CP0_INDEX, i);
    __asm__ volatile("tlbr; nop; nop; nop; nop" : : : "memory");
    const uint64_t hi = READ_CP0(CP0_ENTRYHI), lo0 = READ_CP0(CP0_ENTRYLO0),
                   lo1 = READ_CP0(CP0_ENTRYLO1);
    check(hi == ((kBase + i * UINT64_C(0x800000)) | (i + 1)), "tlbr", "EntryHi");
    check(lo0 == entry_lo(i << 22, ENTRYLO_CACHED | ENTRYLO_V), "tlbr", "EntryLo0");
    check(lo1 == entry_lo(i << 23, ENTRYLO_CACHED | ENTRYLO_D), "tlbr", "EntryLo1");
    check(READ_CP0_32(CP0_PAGEMASK) == (((4096u << (2 * (i % 5))) - 4096) << 1), "tlbr",
          "PageMask");
  }
  WRITE_CP0_32(CP0_PAGEMASK, 0);
  clear_tlb();
}

static void address_spaces(void) {
  const uint64_t valid = ENTRYLO_CACHED | ENTRYLO_V;
  write_tlb(5, kBase, 7, 4096, entry_lo(kFrames, valid), entry_lo(kFrames + 4096, valid));
  write_tlb(6, kBase, 8, 4096, entry_lo(kFrames + 8192, valid), entry_lo(kFrames + 12288, valid));
  set_asid(7);
  check(try_load(kBase, 1) == kFrames, "asid", "7 sees its page");
  set_asid(8);
  check(try_load(kBase, 1) == kFrames + 8192, "asid", "8 sees its page");
  set_asid(9);
  check(try_load(kBase, 1) == 1, "asid", "9 sees none");
  check(probe_hits(kBase | 7, 5) && probe_hits(kBase | 8, 6) && probe_misses(kBase | 9), "asid",
        "tlbp agrees");
  // G counts only when both halves have it.
  write_tlb(6, kBase + 0x4000, 8, 4096, entry_lo(kFrames, valid | ENTRYLO_G),
            entry_lo(kFrames, valid));
  set_asid(9);
  check(try_load(kBase + 0x4000, 1) == 1, "global", "one G bit is none");
  write_tlb(6, kBase + 0x4000, 8, 4096, entry_lo(kFrames, valid | ENTRYLO_G),
            entry_lo(kFrames, valid | ENTRYLO_G));
  set_asid(9);
  check(try_load(kBase + 0x4000, 1) == kFrames, "global", "two are");
  check(probe_hits((kBase + 0x4000) | 200, 6), "global", "tlbp agrees");
  clear_tlb();
}

// The region bits: the same VPN2 in xuseg, xsseg and xkseg are three different pages.
static void regions(void) {
  const uint64_t valid = ENTRYLO_CACHED | ENTRYLO_V | ENTRYLO_G;
  const uint64_t bases[] = {0x60000000, UINT64_C(0x4000000060000000), UINT64_C(0xc000000060000000)};
  for (uint32_t i = 0; i < 3; ++i) {
    const uint64_t lo = entry_lo(kFrames + i * 4096, valid);
    write_tlb(20 + i, bases[i], 0, 4096, lo, lo);
  }
  for (uint32_t i = 0; i < 3; ++i) {
    check(try_load(bases[i], 1) == kFrames + i * 4096, "region", "translates by R and VPN2");
    check(probe_hits(bases[i], 20 + i), "region", "tlbp compares R");
  }
  clear_tlb();
}

static void wired_and_random(void) {
  const uint32_t entries = tlb_entries();
  for (uint32_t wired = 0; wired < entries; wired += 13) {
    clear_tlb();
    WRITE_CP0_32(CP0_WIRED, wired);
    for (uint32_t i = 0; i < wired; ++i) write_tlb(i, 0x70000000 + i * 0x2000, 1, 4096, 0, 0);
    uint32_t outside = 0;
    for (uint32_t i = 0; i < 8 * entries; ++i) {
      const uint32_t random = READ_CP0_32(CP0_RANDOM);
      outside += random < wired || random >= entries;
      WRITE_CP0(CP0_ENTRYHI, 0x20000000 + i * UINT64_C(0x2000) + 1);
      __asm__ volatile("tlbwr; nop; nop; nop; nop" : : : "memory");
    }
    check(outside == 0, "Random", "stays within Wired and the last entry");
    uint32_t lost = 0;
    for (uint32_t i = 0; i < wired; ++i) lost += !probe_hits((0x70000000 + i * 0x2000) | 1, i);
    check(lost == 0, "Wired", "tlbwr leaves wired entries alone");
  }
  WRITE_CP0_32(CP0_WIRED, 0);
  clear_tlb();
}

// A write that overlaps an entry invalidates it, however they overlap: the newer one translates.
static void overlaps(void) {
  const uint64_t valid = ENTRYLO_CACHED | ENTRYLO_V | ENTRYLO_G;
  write_tlb(30, kBase, 0, 4096, entry_lo(kFrames, valid), entry_lo(kFrames, valid));
  write_tlb(31, kBase, 0, 65536, entry_lo(kFrames + 65536, valid),
            entry_lo(kFrames + 65536, valid));
  check(try_load(kBase, 1) == kFrames + 65536, "overlap", "the newer entry translates");
  check(probe_hits(kBase, 31), "overlap", "one entry matches");
  check((READ_CP0_32(CP0_STATUS) >> 21 & 1) == 1, "overlap", "Status.TS is set");
  WRITE_CP0_32(CP0_STATUS, STATUS_AT_START);
  clear_tlb();
}

// UM 14.5, 14.36: each of the seven masks, with every bit of VPN2 and PFN set: tlbr gives zeros
// below the page size, and each page of the pair translates as a whole, whatever bits were written
// below.
static void masks(void) {
  const uint64_t valid = ENTRYLO_CACHED | ENTRYLO_V;
  for (uint64_t size = 4096; size <= kLargest; size *= 4) {
    const uint64_t va = UINT64_C(0x0000055555ffe000), pair = va & ~(2 * size - 1),
                   below = (size - 1) & ~UINT64_C(4095);
    write_tlb(8, va, 0x33, size, entry_lo(kFrames + size + below, valid),
              entry_lo(kFrames + below, valid | ENTRYLO_G));
    WRITE_CP0_32(CP0_INDEX, 8);
    __asm__ volatile("tlbr" : : : "memory");
    const uint64_t hi = READ_CP0(CP0_ENTRYHI), lo0 = READ_CP0(CP0_ENTRYLO0),
                   lo1 = READ_CP0(CP0_ENTRYLO1);
    check(hi == (pair | 0x33), "mask", "VPN2 below the page size reads zero");
    check(lo0 == entry_lo(kFrames + size, valid) && lo1 == entry_lo(kFrames, valid), "mask",
          "so do the frames' bits, and G is that of both");
    check(READ_CP0_32(CP0_PAGEMASK) == (uint32_t)(size - 4096) << 1, "mask", "PageMask");
    WRITE_CP0_32(CP0_PAGEMASK, 0);
    set_asid(0x33);
    check(try_load(pair, 1) == kFrames + size &&
              try_load(pair + 2 * size - 8, 1) == kFrames + size - 8,
          "mask", "both pages translate as a whole");
    set_asid(0x34);
    check(try_load(pair, 1) == 1, "mask", "another ASID misses");
    check(probe_hits(va | 0x33, 8) && probe_misses((pair + 2 * size) | 0x33) &&
              probe_misses((pair - 0x2000) | 0x33),
          "mask", "tlbp compares the bits above it");
  }
  WRITE_CP0_32(CP0_PAGEMASK, 0x01ffe000);
  check(READ_CP0_32(CP0_PAGEMASK) == 0x01ffe000, "mask", "the register holds 24:13");
  WRITE_CP0_32(CP0_PAGEMASK, 0xffffffff);
  check(READ_CP0_32(CP0_PAGEMASK) == 0x01ffe000, "mask", "and no more");
  WRITE_CP0_32(CP0_PAGEMASK, 0);
  set_asid(0);
  clear_tlb();
}

int main(void) {
  clear_tlb();
  mark_frames();
  page_sizes();
  read_back();
  address_spaces();
  regions();
  wired_and_random();
  if (platform() == kPlatformDisco) {
    overlaps();
    masks();
  }
  report("tlb");
}
