// Benchmark: byte stores and loads with short loops. n = passes over the sieve of Eratosthenes to
// 64 K.
#include "bare.h"

enum { kLimit = 65536 };
static uint8_t composite[kLimit];

static uint64_t primes(void) {
  uint64_t count = 0;
  for (size_t i = 0; i < kLimit; ++i) composite[i] = 0;
  for (size_t i = 2; i < kLimit; ++i) {
    if (composite[i]) continue;
    ++count;
    for (size_t j = 2 * i; j < kLimit; j += i) composite[j] = 1;
  }
  return count;
}

int main(void) {
  const uint64_t n = argument("n", 1);
  uint64_t count = 0;
  disco_phase_mark(1);
  for (uint64_t pass_number = 0; pass_number < n; ++pass_number) count += primes();
  disco_phase_mark(2);
  if (count != 6542 * n) fail("sieve", "there are 6542 primes below 65536");
  put_text("sieve ");
  put_decimal(count);
  put_line("");
  return 0;
}
