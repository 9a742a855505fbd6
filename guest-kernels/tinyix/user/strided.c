// Updates one word per stride: at 8 KB, a TLB miss each once the array is beyond the TLB's reach.
//   strided [size=1M] [stride=8K] [passes=16]
#include <disco.h>

#include "workload.h"

int main(int argc, char** argv) {
  const uint64_t words = argument(argc, argv, 1, 1 << 20) / sizeof(uint64_t);
  const uint64_t stride = argument(argc, argv, 2, 8192) / sizeof(uint64_t);
  const uint64_t passes = argument(argc, argv, 3, 16);
  if (stride == 0) {
    printf("strided: a stride is at least 8 bytes\n");
    return 2;
  }
  uint64_t* const a = allocate(words * sizeof(uint64_t));
  for (uint64_t i = 0; i < words; ++i) a[i] = mix(i);

  mark(1);
  uint64_t carry = 0;
  for (uint64_t pass = 0; pass < passes; ++pass)
    for (uint64_t i = 0; i < words; i += stride) {
      carry += a[i];
      a[i] = carry;
    }
  mark(2);
  printf("strided: %" PRIu64 " words by %" PRIu64 ", %" PRIu64 " passes, checksum %016" PRIx64 "\n",
         words, stride, passes, carry);
  return 0;
}
