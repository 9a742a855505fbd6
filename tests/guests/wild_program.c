// Random instructions as a user program: wild_program SEED. tinyix must end it, or let it loop.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { kWords = 256 };

static uint64_t state;
static uint32_t code[kWords];

static uint64_t next(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

// Any word, with a taste for loads and stores, branches, traps and what is privileged.
static uint32_t word(void) {
  const uint32_t w = (uint32_t)(next() >> 16);
  switch (next() % 10) {
    case 0: return w;
    case 1: return (0x20u + (uint32_t)(next() % 32)) << 26 | (w & 0x03ffffff);
    case 2: return w & 0x03ffffff;
    case 3: return 0x40000000u | (w & 0x03ffffff);
    case 4: return (4u + (uint32_t)(next() % 4)) << 26 | (w & 0x03ff0000) | (uint32_t)(next() % 40);
    case 5: return 0x04000000u | (w & 0x03f30000) | (uint32_t)(next() % 40);
    case 6: return 0x0000000c;  // syscall
    default: return (8u + (uint32_t)(next() % 8)) << 26 | (w & 0x03ffffff);
  }
}

int main(int argc, char** argv) {
  state = argc > 1 ? (uint64_t)atoi(argv[1]) * 0x9e3779b97f4a7c15u + 1 : 1;
  for (int i = 0; i < 20; ++i) next();
  for (int i = 0; i < kWords; ++i) code[i] = word();
  printf("into the wild\n");
  fflush(stdout);
  ((void (*)(void))(uintptr_t)code)();
  return 0;
}
