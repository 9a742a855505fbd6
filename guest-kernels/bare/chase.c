// Benchmark: dependent loads through mapped pages, one word per page.
//   pages = pages in the ring (64: all hit the TLB; 16384: nearly every load misses), n = loads
// The ring lies in useg from 0x10000000; its refill handler (chase_refill.S) indexes a linear table
// of EntryLo values through Context, which is where software refill started.
#include "bare.h"

enum { kMaxPages = 16384, kPageShift = 12, kMapped = 0x10000000 };

// Context = PTEBase | VPN2 << 4, so the table starts where page 0 would be. 8 MB-aligned PTEBase.
static void set_table(uint64_t* table) { WRITE_CP0(CP0_CONTEXT, (uint64_t)(uintptr_t)table); }

static uint64_t page_count(void) {
  const uint64_t pages = argument("pages", 256);
  if (pages < 2 || pages > kMaxPages || (pages & (pages - 1)) != 0)
    fail("chase", "pages is a power of two from 2 to 16384");
  return pages;
}

int main(void) {
  const uint64_t pages = page_count(), n = argument("n", 10000);
  // From 16 MB up memory is free: the table of 2^19 page pairs at 16 MB (Context's alignment is 8
  // MB), the pages themselves from 32 MB up.
  uint64_t* const table = KSEG0(16 << 20);
  const uint64_t frames = 32 << 20;
  for (uint64_t i = 0; i < pages; ++i)
    table[(kMapped >> kPageShift) + i] =
        ((frames >> kPageShift) + i) << 6 | ENTRYLO_CACHED | ENTRYLO_D | ENTRYLO_V | ENTRYLO_G;
  set_table(table);

  // A full-period walk: page i is followed by page i * 5 + 12345 modulo the power of two. Each
  // page's word lies elsewhere in it.
  uint64_t page = 0;
  for (uint64_t i = 0; i < pages; ++i) {
    const uint64_t next = (page * 5 + 12345) & (pages - 1);
    uint64_t* const word = KSEG0(frames + (page << kPageShift) + ((page * 40) & 0xff8));
    *word = kMapped + (next << kPageShift) + ((next * 40) & 0xff8);
    page = next;
  }

  uint64_t at = kMapped;
  for (uint64_t i = 0; i < pages; ++i) at = *(volatile uint64_t*)(uintptr_t)at;
  if (at != kMapped) fail("chase", "the ring does not close");

  disco_phase_mark(1);
  uint64_t left = n;
  __asm__ volatile(
      ".set push\n.set noreorder\n"
      "1: ld %0, 0(%0)\n"
      "   ld %0, 0(%0)\n"
      "   ld %0, 0(%0)\n"
      "   ld %0, 0(%0)\n"
      "   daddiu %1, %1, -4\n"
      "   bgtz %1, 1b\n"
      "   nop\n"
      ".set pop"
      : "+r"(at), "+r"(left)
      :
      : "memory");
  disco_phase_mark(2);
  put_text("chase ");
  put_hex(at);
  put_line("");
  return 0;
}
