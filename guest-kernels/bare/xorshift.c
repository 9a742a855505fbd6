// Benchmark: register-only integer code. n = iterations (8 instructions each).
#include "bare.h"

int main(void) {
  const uint64_t n = argument("n", 100000);
  uint64_t x = 88172645463325252u, sum = 0;
  disco_phase_mark(1);
  for (uint64_t i = 0; i < n; ++i) {
    x = next_xorshift(x);
    sum += x;
  }
  disco_phase_mark(2);
  put_text("xorshift ");
  put_hex(sum);
  put_line("");
  return 0;
}
