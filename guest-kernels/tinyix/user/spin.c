// Computes in registers and on one page: after the warm-up nothing misses.  spin [iterations=1M]
#include <disco.h>

#include "workload.h"

enum { kWords = 64 };

static uint64_t work(uint64_t iterations) {
  static uint64_t table[kWords];
  uint64_t x = 88172645463325252u;
  for (uint64_t i = 0; i < iterations; ++i) {
    x = next_random(x);
    table[x % kWords] += x;
  }
  uint64_t sum = 0;
  for (int i = 0; i < kWords; ++i) sum = sum * 31 + table[i];
  return sum;
}

int main(int argc, char** argv) {
  const uint64_t iterations = argument(argc, argv, 1, 1 << 20);
  uint64_t sum = work(1000);
  mark(1);
  sum ^= work(iterations);
  mark(2);
  printf("spin: %" PRIu64 " iterations, checksum %016" PRIx64 "\n", iterations, sum);
  return 0;
}
