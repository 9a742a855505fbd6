// What the workloads share: arguments with units, and a generator of numbers that are the same
// everywhere.
#pragma once

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/// argv[i] as a number, with K, M or G behind it for powers of 1024; `otherwise` without that
/// argument. Ends the program if it is no number.
static inline uint64_t argument(int argc, char** argv, int i, uint64_t otherwise) {
  if (i >= argc) return otherwise;
  char* unit;
  const uint64_t value = strtoull(argv[i], &unit, 10);
  const int shift = *unit == 'K' ? 10 : *unit == 'M' ? 20 : *unit == 'G' ? 30 : 0;
  if (unit == argv[i] || (shift ? unit[1] : unit[0]) != 0) {
    printf("%s: \"%s\" is not a number (such as 100, 64K, 4M)\n", argv[0], argv[i]);
    exit(2);
  }
  return value << shift;
}

/// malloc() that ends the program instead of failing.
static inline void* allocate(uint64_t bytes) {
  void* const p = malloc((size_t)bytes);
  if (!p) {
    printf("no memory for %" PRIu64 " bytes\n", bytes);
    exit(3);
  }
  return p;
}

/// Marsaglia's xorshift64: the next number after `x`, which is not 0.
static inline uint64_t next_random(uint64_t x) {
  x ^= x << 13;
  x ^= x >> 7;
  return x ^ (x << 17);
}

/// A well-mixed function of `x`.
static inline uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return x ^ (x >> 31);
}
