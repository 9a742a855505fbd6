// Names that newlib has for itself only, and what it has not.
#include <errno.h>
#include <malloc.h>
#include <reent.h>
#include <stdio.h>
#include <stdlib.h>

ssize_t __getline(char** text, size_t* room, FILE* file);
ssize_t __getdelim(char** text, size_t* room, int end, FILE* file);

ssize_t getline(char** text, size_t* room, FILE* file) { return __getline(text, room, file); }
ssize_t getdelim(char** text, size_t* room, int end, FILE* file) {
  return __getdelim(text, room, end, file);
}

// newlib's does not look whether the product fits.
void* calloc(size_t n, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(n, size, &bytes)) {
    errno = ENOMEM;
    return NULL;
  }
  return _calloc_r(_REENT, 1, bytes);
}

// As exact as a double.
long double strtold(const char* restrict text, char** restrict end) { return strtod(text, end); }

int posix_memalign(void** to, size_t alignment, size_t bytes) {
  if (alignment % sizeof(void*) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0)
    return EINVAL;
  void* const p = memalign(alignment, bytes);
  if (!p) return ENOMEM;
  *to = p;
  return 0;
}
