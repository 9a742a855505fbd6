// Benchmark: floating point. n = passes over two vectors of 256 doubles, whose dot product is added
// up (7 instructions an element, two of them arithmetic). The values make every operation inexact.
#include "bare.h"
#include "cp0.h"

enum { kLength = 256 };

static uint64_t left[kLength], right[kLength];

// dot.S: returns the bits of sum + left . right.
uint64_t dot_product(const uint64_t* left, const uint64_t* right, uint64_t length, uint64_t sum);

/// A double in [1, 2) or (-2, -1].
static uint64_t random_double(uint64_t* state) {
  *state = next_xorshift(*state);
  return (*state & 0x800fffffffffffff) | 0x3ff0000000000000;
}

int main(void) {
  const uint64_t n = argument("n", 1000);
  uint64_t state = 88172645463325252u, sum = 0x3ff8000000000000;
  WRITE_CP0_32(CP0_STATUS, READ_CP0_32(CP0_STATUS) | STATUS_CU1 | STATUS_FR);
  for (int i = 0; i < kLength; ++i) {
    left[i] = random_double(&state);
    right[i] = random_double(&state);
  }
  disco_phase_mark(1);
  for (uint64_t i = 0; i < n; ++i) sum = dot_product(left, right, kLength, sum);
  disco_phase_mark(2);
  put_text("dot ");
  put_hex(sum);
  put_line("");
  return 0;
}
