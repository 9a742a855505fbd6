// Reads an array from end to end: one TLB miss every 8 KB.  sequential [size=1M] [passes=4]
#include <disco.h>

#include "workload.h"

int main(int argc, char** argv) {
  const uint64_t words = argument(argc, argv, 1, 1 << 20) / sizeof(uint64_t);
  const uint64_t passes = argument(argc, argv, 2, 4);
  uint64_t* const a = allocate(words * sizeof(uint64_t));
  for (uint64_t i = 0; i < words; ++i) a[i] = mix(i);

  mark(1);
  uint64_t sum = 0;
  for (uint64_t pass = 0; pass < passes; ++pass)
    for (uint64_t i = 0; i < words; ++i) sum += a[i] ^ pass;
  mark(2);
  printf("sequential: %" PRIu64 " words, %" PRIu64 " passes, checksum %016" PRIx64 "\n", words,
         passes, sum);
  return 0;
}
