// Benchmark: a loop of system calls from user mode, 14 instructions each with the handler. n =
// calls.
#include "bare.h"

enum { kUserPage = 0x10000000 };

extern const char user_loop[], user_loop_end[];
uint64_t run_user(uint64_t entry, uint64_t n);

int main(void) {
  const uint64_t n = argument("n", 1000);
  const uint64_t frame = PHYSICAL(user_loop) >> 12;
  if ((PHYSICAL(user_loop_end) - 1) >> 12 != frame)
    fail("syscalls", "the user loop crosses a page");
  // Both pages of the pair show the page of the image that holds the loop; V, not D: it only runs.
  const uint64_t entry_lo = frame << 6 | ENTRYLO_CACHED | ENTRYLO_V | ENTRYLO_G;
  WRITE_CP0(CP0_ENTRYHI, kUserPage);
  WRITE_CP0(CP0_ENTRYLO0, entry_lo);
  WRITE_CP0(CP0_ENTRYLO1, entry_lo);
  WRITE_CP0_32(CP0_INDEX, 0);
  __asm__ volatile("tlbwi; nop; nop; nop; nop");

  disco_phase_mark(1);
  const uint64_t served = run_user(kUserPage + (PHYSICAL(user_loop) & 0xfff), n);
  disco_phase_mark(2);
  if (served != n) fail("syscalls", "not every call arrived");
  put_text("syscalls ");
  put_decimal(served);
  put_line("");
  return 0;
}
