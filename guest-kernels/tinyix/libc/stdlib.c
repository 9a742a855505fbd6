// The rest of <stdlib.h>, <string.h> and <assert.h>.
#include <stdlib.h>

#include <assert.h>
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void exit(int status) {
  fflush(NULL);
  _exit(status);
}

void abort(void) {
  fflush(NULL);
  __asm__ volatile("break");
  for (;;) continue;
}

void tinyix_assertion_failed(const char* expression, const char* file, int line) {
  fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, expression);
  abort();
}

int abs(int x) { return x < 0 ? -x : x; }

static int digit_value(char c) {
  if (isdigit(c)) return c - '0';
  return isalpha(c) ? tolower(c) - 'a' + 10 : 99;
}

unsigned long long strtoull(const char* s, char** end, int base) {
  while (isspace(*s)) ++s;
  const int negative = *s == '-';
  if (*s == '-' || *s == '+') ++s;
  if ((base == 0 || base == 16) && s[0] == '0' && tolower(s[1]) == 'x' && digit_value(s[2]) < 16) {
    s += 2;
    base = 16;
  }
  if (base == 0) base = *s == '0' ? 8 : 10;
  unsigned long long value = 0;
  for (; digit_value(*s) < base; ++s) value = value * (unsigned)base + (unsigned)digit_value(*s);
  if (end) *end = (char*)(uintptr_t)s;
  return negative ? -value : value;
}

unsigned long strtoul(const char* s, char** end, int base) {
  return (unsigned long)strtoull(s, end, base);
}
long strtol(const char* s, char** end, int base) { return (long)strtoull(s, end, base); }
int atoi(const char* s) { return (int)strtoull(s, NULL, 10); }

static uint64_t random_state = 1;
void srand(unsigned seed) { random_state = seed; }
int rand(void) {
  random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407;
  return (int)(random_state >> 33);
}

static void swap(char* a, char* b, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    const char t = a[i];
    a[i] = b[i];
    b[i] = t;
  }
}

// Heap sort: in place, no recursion, n log n always.
static void sift(char* base, size_t from, size_t count, size_t size,
                 int (*compare)(const void*, const void*)) {
  for (size_t child; (child = 2 * from + 1) < count; from = child) {
    if (child + 1 < count && compare(base + child * size, base + (child + 1) * size) < 0) ++child;
    if (compare(base + from * size, base + child * size) >= 0) return;
    swap(base + from * size, base + child * size, size);
  }
}

void qsort(void* base, size_t count, size_t size, int (*compare)(const void*, const void*)) {
  for (size_t i = count / 2; i-- != 0;) sift(base, i, count, size, compare);
  for (size_t n = count; n-- > 1;) {
    swap(base, (char*)base + n * size, size);
    sift(base, 0, n, size, compare);
  }
}

char* strrchr(const char* s, int c) {
  const char* found = NULL;
  for (;; ++s) {
    if (*s == (char)c) found = s;
    if (!*s) return (char*)(uintptr_t)found;
  }
}

char* strncpy(char* restrict to, const char* restrict from, size_t n) {
  size_t i = 0;
  for (; i < n && from[i]; ++i) to[i] = from[i];
  for (; i < n; ++i) to[i] = 0;
  return to;
}

char* strcat(char* restrict to, const char* restrict from) {
  strcpy(to + strlen(to), from);
  return to;
}
