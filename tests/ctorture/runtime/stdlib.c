// <stdlib.h>, <assert.h>, <errno.h>, <signal.h>: memory is never given back, signals are
// exceptions.
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime.h"

int errno;

void exit(int code) { _exit(code); }
void abort(void) { _exit(kAbort); }
int atexit(void (*function)(void)) { return function == NULL; }

void assertion_failed(const char* text, const char* file, int line) {
  printf("%s:%d: assertion failed: %s\n", file, line, text);
  _exit(kAssertion);
}

int abs(int x) { return x < 0 ? -x : x; }
long labs(long x) { return x < 0 ? -x : x; }
long long llabs(long long x) { return x < 0 ? -x : x; }

static char heap[16 << 20] __attribute__((aligned(16)));
static size_t heap_used;

void* malloc(size_t n) {
  const size_t size = (n + 31) & ~(size_t)15;  // 16 bytes before the block hold its size
  if (n > sizeof heap || size > sizeof heap - heap_used) return NULL;
  char* block = heap + heap_used;
  heap_used += size;
  *(size_t*)block = n;
  return block + 16;
}

void free(void* p) { (void)p; }

void* calloc(size_t count, size_t size) {
  if (size != 0 && count > sizeof heap / size) return NULL;
  void* p = malloc(count * size);
  return p ? memset(p, 0, count * size) : NULL;
}

void* realloc(void* old, size_t n) {
  void* p = malloc(n);
  if (old == NULL || p == NULL) return p;
  const size_t before = *(size_t*)((char*)old - 16);
  return memcpy(p, old, before < n ? before : n);
}

long atol(const char* s) {
  while (isspace(*s)) ++s;
  const int negative = *s == '-';
  if (*s == '-' || *s == '+') ++s;
  unsigned long value = 0;
  while (isdigit(*s)) value = value * 10 + (unsigned long)(*s++ - '0');
  return (long)(negative ? -value : value);
}
int atoi(const char* s) { return (int)atol(s); }

static unsigned long long random_state = 1;
void srand(unsigned seed) { random_state = seed; }
int rand(void) {
  random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
  return (int)(random_state >> 33);
}
long random(void) { return rand(); }

void qsort(void* base, size_t count, size_t size, int (*compare)(const void*, const void*)) {
  char* a = base;
  for (size_t i = 1; i < count; ++i)
    for (size_t j = i; j > 0 && compare(a + (j - 1) * size, a + j * size) > 0; --j)
      for (size_t k = 0; k < size; ++k) {
        const char t = a[j * size + k];
        a[j * size + k] = a[(j - 1) * size + k];
        a[(j - 1) * size + k] = t;
      }
}

static void (*handlers[32])(int);

void (*signal(int number, void (*handler)(int)))(int) {
  if (number < 0 || number >= 32) return SIG_ERR;
  void (*old)(int) = handlers[number];
  handlers[number] = handler;
  return old;
}

// From start.S: an exception is the signal that a UNIX would send, for a handler that does not
// return.
void on_exception(unsigned cause, unsigned unused, const void* epc) {
  static const unsigned char signal_of[32] = {
      [1] = SIGSEGV, [2] = SIGSEGV, [3] = SIGSEGV, [4] = SIGBUS,  [5] = SIGBUS,
      [6] = SIGBUS,  [7] = SIGBUS,  [9] = SIGTRAP, [10] = SIGILL, [11] = SIGILL,
      [12] = SIGFPE, [13] = SIGFPE, [15] = SIGFPE};
  (void)unused;
  const unsigned code = cause >> 2 & 31;
  const int number = signal_of[code];
  if (number != 0 && handlers[number] != NULL) handlers[number](number);
  printf("exception %u at %p\n", code, epc);
  _exit(kException);
}
