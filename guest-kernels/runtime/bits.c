// libgcc's bit-counting and byte-swapping helpers: MIPS IV has no clz, and gcc calls these for the
// builtins. The names and types are libgcc's ("si" is 32 bits, "di" 64).
#include <stdint.h>

int __clzsi2(uint32_t x);
int __clzdi2(uint64_t x);
int __ctzsi2(uint32_t x);
int __ctzdi2(uint64_t x);
int __ffssi2(int32_t x);
int __ffsdi2(int64_t x);
int __popcountsi2(uint32_t x);
int __popcountdi2(uint64_t x);
int __paritysi2(uint32_t x);
int __paritydi2(uint64_t x);
uint32_t __bswapsi2(uint32_t x);
uint64_t __bswapdi2(uint64_t x);

int __clzdi2(uint64_t x) {
  int n = 64;
  for (int step = 32; step != 0; step /= 2) {
    if (x >> step) {
      x >>= step;
      n -= step;
    }
  }
  return n - (int)x;  // x is 0 or 1 now; libgcc leaves x = 0 undefined, this says 64
}

int __clzsi2(uint32_t x) { return __clzdi2(x) - 32; }

int __popcountdi2(uint64_t x) {
  x -= (x >> 1) & UINT64_C(0x5555555555555555);
  x = (x & UINT64_C(0x3333333333333333)) + ((x >> 2) & UINT64_C(0x3333333333333333));
  x = (x + (x >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
  return (int)((x * UINT64_C(0x0101010101010101)) >> 56);
}

int __popcountsi2(uint32_t x) { return __popcountdi2(x); }
int __paritydi2(uint64_t x) { return __popcountdi2(x) & 1; }
int __paritysi2(uint32_t x) { return __popcountdi2(x) & 1; }

// Below the lowest one there are only zeros: counting them is a population count.
int __ctzdi2(uint64_t x) { return __popcountdi2(~x & (x - 1)); }
int __ctzsi2(uint32_t x) { return __popcountsi2(~x & (x - 1)); }
int __ffsdi2(int64_t x) { return x == 0 ? 0 : __ctzdi2((uint64_t)x) + 1; }
int __ffssi2(int32_t x) { return x == 0 ? 0 : __ctzsi2((uint32_t)x) + 1; }

uint32_t __bswapsi2(uint32_t x) {
  return (x >> 24) | ((x >> 8) & 0xff00u) | ((x << 8) & 0xff0000u) | (x << 24);
}

uint64_t __bswapdi2(uint64_t x) {
  return ((uint64_t)__bswapsi2((uint32_t)x) << 32) | __bswapsi2((uint32_t)(x >> 32));
}
