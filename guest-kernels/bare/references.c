// Do loads and stores of every width and alignment move the right bytes, and do LL/SC link and
// unlink? The expected bytes are computed with byte accesses only, most significant byte first.
#include "probe.h"

static uint8_t memory[64] __attribute__((aligned(16)));

static void fill(void) {
  for (unsigned i = 0; i < sizeof memory; ++i) memory[i] = (uint8_t)(0x80 + 7 * i);
}

static uint64_t bytes_at(unsigned offset, unsigned n) {
  uint64_t value = 0;
  for (unsigned i = 0; i < n; ++i) value = value << 8 | memory[offset + i];
  return value;
}

#define LOAD(insn, offset)                                                              \
  ({                                                                                    \
    uint64_t v_ = UINT64_C(0x1122334455667788);                                         \
    __asm__ volatile(insn " %0, 0(%1)" : "+r"(v_) : "r"(memory + (offset)) : "memory"); \
    v_;                                                                                 \
  })
#define STORE(insn, offset, value)                                  \
  __asm__ volatile(insn " %0, 0(%1)"                                \
                   :                                                \
                   : "r"((uint64_t)(value)), "r"(memory + (offset)) \
                   : "memor"                                        \
                     "y")

static int64_t extended(uint64_t value, unsigned bits) {
  return (int64_t)(value << (64 - bits)) >> (64 - bits);
}

static void aligned(void) {
  fill();
  for (unsigned o = 0; o < 16; ++o) {
    check(LOAD("lb", o) == (uint64_t)extended(bytes_at(o, 1), 8), "lb", "sign-extends");
    check(LOAD("lbu", o) == bytes_at(o, 1), "lbu", "zero-extends");
    if (o % 2 == 0) {
      check(LOAD("lh", o) == (uint64_t)extended(bytes_at(o, 2), 16), "lh", "sign-extends");
      check(LOAD("lhu", o) == bytes_at(o, 2), "lhu", "zero-extends");
    }
    if (o % 4 == 0) {
      check(LOAD("lw", o) == (uint64_t)extended(bytes_at(o, 4), 32), "lw", "sign-extends");
      check(LOAD("lwu", o) == bytes_at(o, 4), "lwu", "zero-extends");
    }
    if (o % 8 == 0) check(LOAD("ld", o) == bytes_at(o, 8), "ld", "big-endian");
  }
  const uint64_t value = UINT64_C(0x0123456789abcdef);
  const struct {
    unsigned size;
    const char* name;
  } widths[] = {{1, "sb"}, {2, "sh"}, {4, "sw"}, {8, "sd"}};
  for (unsigned w = 0; w < 4; ++w) {
    const unsigned size = widths[w].size;
    for (unsigned o = 0; o < 16; o += size) {
      fill();
      if (size == 1) STORE("sb", o, value);
      if (size == 2) STORE("sh", o, value);
      if (size == 4) STORE("sw", o, value);
      if (size == 8) STORE("sd", o, value);
      check(bytes_at(o, size) == (size == 8 ? value : value & ((UINT64_C(1) << 8 * size) - 1)),
            widths[w].name, "stores its low bytes");
      check(memory[o + size] == (uint8_t)(0x80 + 7 * (o + size)), widths[w].name, "and no more");
    }
  }
}

// Big-endian: "left" is the part from the address to the end of the aligned word.
static void unaligned_loads(void) {
  fill();
  const uint64_t old = UINT64_C(0x1122334455667788);
  for (unsigned o = 16; o < 32; ++o) {
    const unsigned in_word = o % 4, in_double = o % 8;
    const uint64_t word = bytes_at(o - in_word, 4), dword = bytes_at(o - in_double, 8);
    const uint64_t left_mask = (UINT64_C(1) << 8 * in_word) - 1;
    check(LOAD("lwl", o) ==
              (uint64_t)extended(((word << 8 * in_word) | (old & left_mask)) & 0xffffffff, 32),
          "lwl", "the left part");
    const uint64_t right = (old & ~((UINT64_C(2) << (8 * in_word + 7)) - 1) & 0xffffffff) |
                           (word >> (24 - 8 * in_word));
    // With all four bytes loaded the result is sign-extended; with fewer the upper half may be
    // either.
    const uint64_t lwr = LOAD("lwr", o);
    check((lwr & 0xffffffff) == right, "lwr", "the right part");
    if (in_word == 3)
      check(lwr == (uint64_t)extended(right, 32), "lwr", "a whole word is sign-extended");
    const uint64_t keep_low = in_double == 0 ? 0 : (UINT64_C(1) << 8 * in_double) - 1;
    check(LOAD("ldl", o) == ((dword << 8 * in_double) | (old & keep_low)), "ldl", "the left part");
    const uint64_t keep_high = in_double == 7 ? 0 : ~((UINT64_C(1) << (8 * in_double + 8)) - 1);
    check(LOAD("ldr", o) == ((old & keep_high) | (dword >> (56 - 8 * in_double))), "ldr",
          "the right part");
  }
}

static void unaligned_stores(void) {
  const uint64_t value = UINT64_C(0x0123456789abcdef);
  for (unsigned o = 16; o < 32; ++o) {
    fill();
    STORE("swl", o, value);
    STORE("swr", o + 3, value);
    check(bytes_at(o, 4) == (value & 0xffffffff), "swl swr", "an unaligned word");
    check(memory[o - 1] == (uint8_t)(0x80 + 7 * (o - 1)) &&
              memory[o + 4] == (uint8_t)(0x80 + 7 * (o + 4)),
          "swl swr", "and no more");
    fill();
    STORE("sdl", o, value);
    STORE("sdr", o + 7, value);
    check(bytes_at(o, 8) == value, "sdl sdr", "an unaligned doubleword");
    check(memory[o - 1] == (uint8_t)(0x80 + 7 * (o - 1)) &&
              memory[o + 8] == (uint8_t)(0x80 + 7 * (o + 8)),
          "sdl sdr", "and no more");
    fill();
    STORE("swl", o, value);
    check(bytes_at(o, 4 - o % 4) == (value & 0xffffffff) >> 8 * (o % 4), "swl", "alone");
    check(memory[o + 4 - o % 4] == (uint8_t)(0x80 + 7 * (o + 4 - o % 4)), "swl",
          "stops at the word's end");
  }
}

static volatile uint64_t counter;

/// One LL/SC (or LLD/SCD) attempt that adds `by`; `between` runs with the link held. 1 if it
/// stored.
#define ATTEMPT(ll, sc, between)                                                   \
  ({                                                                               \
    uint64_t ok_;                                                                  \
    __asm__ volatile(".set push\n.set noreorder\n" ll " $8, 0(%1)\n" between       \
                     "\ndaddiu $8, $8, 1\n" sc " $8, 0(%1)\nmove %0, $8\n.set pop" \
                     : "=r"(ok_)                                                   \
                     : "r"(&counter)                                               \
                     : "$8", "$31", "memory");                                     \
    ok_;                                                                           \
  })

static void link_and_store(void) {
  counter = 41;
  check(ATTEMPT("lld", "scd", "") == 1 && counter == 42, "lld scd",
        "succeed when nothing intervenes");
  counter = (UINT64_C(5) << 32) | 7;
  check(ATTEMPT("ll", "sc", "") == 1 && counter == ((UINT64_C(6) << 32) | 7), "ll sc",
        "work on the word");
  counter = 41;
  // The handler resumes at $ra: behind the system call.
  check(ATTEMPT("lld", "scd", "dla $31, 1f\nsyscall\n1:") == 0 && counter == 41, "lld scd",
        "fail after an exception and eret");
  check(ATTEMPT("ll", "sc", "dla $31, 1f\nsyscall\n1:") == 0 && counter == 41, "ll sc",
        "fail after an exception and eret");
  uint64_t value = 1;
  __asm__ volatile("scd %0, 0(%1)" : "+r"(value) : "r"(&counter) : "memory");
  check(value == 0 && counter == 41, "scd", "fails without a link");
}

int main(void) {
  aligned();
  unaligned_loads();
  unaligned_stores();
  link_and_store();
  report("references");
}
