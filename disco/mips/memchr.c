// The one function of the C library that the core's use of <string_view> needs and the guests'
// runtime does not have.
#include <stddef.h>

void* memchr(const void* from, int value, size_t n);

void* memchr(const void* from, int value, size_t n) {
  const unsigned char* p = from;
  for (; n != 0; --n, ++p)
    if (*p == (unsigned char)value) return (void*)(size_t)p;
  return NULL;
}
