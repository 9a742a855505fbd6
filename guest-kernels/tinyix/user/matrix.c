// Multiplies integer matrices the plain way: rows of one by columns of the other, and the columns
// touch a page every few elements.  matrix [n=96] [passes=1]
#include <disco.h>

#include "workload.h"

static uint32_t* random_matrix(uint64_t n, uint64_t seed) {
  uint32_t* const m = allocate(n * n * sizeof *m);
  for (uint64_t i = 0; i < n * n; ++i) m[i] = (uint32_t)mix(seed + i);
  return m;
}

static void multiply(uint32_t* c, const uint32_t* a, const uint32_t* b, uint64_t n) {
  for (uint64_t i = 0; i < n; ++i)
    for (uint64_t j = 0; j < n; ++j) {
      uint32_t sum = 0;
      for (uint64_t k = 0; k < n; ++k) sum += a[i * n + k] * b[k * n + j];
      c[i * n + j] = sum;
    }
}

int main(int argc, char** argv) {
  const uint64_t n = argument(argc, argv, 1, 96), passes = argument(argc, argv, 2, 1);
  uint32_t *a = random_matrix(n, 1), *c = random_matrix(n, 3);
  const uint32_t* const b = random_matrix(n, 2);

  mark(1);
  for (uint64_t pass = 0; pass < passes; ++pass) {
    multiply(c, a, b, n);
    uint32_t* const t = a;
    a = c;
    c = t;
  }
  mark(2);
  uint64_t sum = 0;
  for (uint64_t i = 0; i < n * n; ++i) sum = sum * 31 + a[i];
  printf("matrix: %" PRIu64 " by %" PRIu64 ", %" PRIu64 " passes, checksum %016" PRIx64 "\n", n, n,
         passes, sum);
  return 0;
}
