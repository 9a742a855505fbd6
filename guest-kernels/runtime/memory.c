// The memory and string functions that gcc emits calls to, and the few more that every guest wants.
// Correct for every alignment; quick for the aligned case that page-sized copies and zeroing are.
#include "runtime.h"

#include <stdint.h>

typedef uint64_t __attribute__((may_alias)) word;

static int is_aligned(const void* p) { return ((uintptr_t)p & (sizeof(word) - 1)) == 0; }

void* memcpy(void* restrict to, const void* restrict from, size_t n) {
  unsigned char* t = to;
  const unsigned char* f = from;
  if (is_aligned(t) && is_aligned(f)) {
    word* tw = to;
    const word* fw = from;
    for (; n >= 4 * sizeof(word); n -= 4 * sizeof(word), tw += 4, fw += 4) {
      const word a = fw[0], b = fw[1], c = fw[2], d = fw[3];
      tw[0] = a;
      tw[1] = b;
      tw[2] = c;
      tw[3] = d;
    }
    for (; n >= sizeof(word); n -= sizeof(word)) *tw++ = *fw++;
    t = (unsigned char*)tw;
    f = (const unsigned char*)fw;
  }
  while (n-- != 0) *t++ = *f++;
  return to;
}

void* memmove(void* to, const void* from, size_t n) {
  unsigned char* t = to;
  const unsigned char* f = from;
  if (t == f || n == 0) return to;
  if ((uintptr_t)t < (uintptr_t)f || (uintptr_t)t - (uintptr_t)f >= n) {
    for (; n != 0; --n) *t++ = *f++;
  } else {
    for (; n != 0; --n) t[n - 1] = f[n - 1];
  }
  return to;
}

void* memset(void* to, int value, size_t n) {
  unsigned char* t = to;
  const unsigned char byte = (unsigned char)value;
  for (; n != 0 && !is_aligned(t); --n) *t++ = byte;
  const word pattern = byte * UINT64_C(0x0101010101010101);
  word* tw = (word*)t;
  for (; n >= 4 * sizeof(word); n -= 4 * sizeof(word), tw += 4) {
    tw[0] = pattern;
    tw[1] = pattern;
    tw[2] = pattern;
    tw[3] = pattern;
  }
  t = (unsigned char*)tw;
  while (n-- != 0) *t++ = byte;
  return to;
}

int memcmp(const void* a, const void* b, size_t n) {
  const unsigned char *x = a, *y = b;
  for (; n != 0; --n, ++x, ++y)
    if (*x != *y) return *x < *y ? -1 : 1;
  return 0;
}

size_t strlen(const char* s) {
  const char* end = s;
  while (*end) ++end;
  return (size_t)(end - s);
}

size_t strnlen(const char* s, size_t limit) {
  size_t n = 0;
  while (n < limit && s[n]) ++n;
  return n;
}

int strcmp(const char* a, const char* b) {
  while (*a && *a == *b) ++a, ++b;
  return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char* a, const char* b, size_t n) {
  for (; n != 0; --n, ++a, ++b) {
    if (*a != *b) return (unsigned char)*a - (unsigned char)*b;
    if (!*a) break;
  }
  return 0;
}

char* strchr(const char* s, int c) {
  for (; *s != (char)c; ++s)
    if (!*s) return NULL;
  return (char*)(uintptr_t)s;
}

char* strcpy(char* restrict to, const char* restrict from) {
  char* t = to;
  while ((*t++ = *from++)) continue;
  return to;
}
