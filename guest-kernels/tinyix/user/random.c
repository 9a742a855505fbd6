// Updates words at random, as HPC Challenge's RandomAccess does: a TLB miss and a store each.
//   random [size=1M] [updates=100000]
#include <disco.h>

#include "workload.h"

int main(int argc, char** argv) {
  const uint64_t words = argument(argc, argv, 1, 1 << 20) / sizeof(uint64_t);
  const uint64_t updates = argument(argc, argv, 2, 100000);
  if (words == 0 || (words & (words - 1)) != 0) {
    printf("random: the size is a power of two\n");
    return 2;
  }
  uint64_t* const table = allocate(words * sizeof(uint64_t));
  for (uint64_t i = 0; i < words; ++i) table[i] = i;

  mark(1);
  uint64_t x = 88172645463325252u;
  for (uint64_t i = 0; i < updates; ++i) {
    x = next_random(x);
    table[(x >> 20) & (words - 1)] += x;
  }
  mark(2);
  uint64_t sum = 0;
  for (uint64_t i = 0; i < words; ++i) sum = sum * 31 + table[i];
  printf("random: %" PRIu64 " words, %" PRIu64 " updates, checksum %016" PRIx64 "\n", words,
         updates, sum);
  return 0;
}
