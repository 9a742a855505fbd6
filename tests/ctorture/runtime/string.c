// <string.h>, <strings.h>, <ctype.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

typedef unsigned char byte;

void* memcpy(void* to, const void* from, size_t n) {
  byte* d = to;
  const byte* s = from;
  while (n--) *d++ = *s++;
  return to;
}

void* mempcpy(void* to, const void* from, size_t n) { return (char*)memcpy(to, from, n) + n; }

void* memmove(void* to, const void* from, size_t n) {
  byte* d = to;
  const byte* s = from;
  if (d < s) return memcpy(to, from, n);
  while (n--) d[n] = s[n];
  return to;
}

void* memset(void* to, int c, size_t n) {
  for (byte* d = to; n--; ++d) *d = (byte)c;
  return to;
}

int memcmp(const void* x, const void* y, size_t n) {
  const byte *a = x, *b = y;
  for (; n--; ++a, ++b)
    if (*a != *b) return *a - *b;
  return 0;
}

void* memchr(const void* x, int c, size_t n) {
  for (const byte* a = x; n--; ++a)
    if (*a == (byte)c) return (void*)a;
  return NULL;
}

size_t strnlen(const char* s, size_t n) {
  size_t i = 0;
  while (i < n && s[i]) ++i;
  return i;
}

size_t strlen(const char* s) { return strnlen(s, (size_t)-1); }

char* stpcpy(char* d, const char* s) {
  while ((*d = *s++)) ++d;
  return d;
}

char* strcpy(char* d, const char* s) {
  stpcpy(d, s);
  return d;
}

char* stpncpy(char* d, const char* s, size_t n) {
  const size_t length = strnlen(s, n);
  memcpy(d, s, length);
  memset(d + length, 0, n - length);
  return d + length;
}

char* strncpy(char* d, const char* s, size_t n) {
  stpncpy(d, s, n);
  return d;
}

char* strcat(char* d, const char* s) {
  strcpy(d + strlen(d), s);
  return d;
}

char* strncat(char* d, const char* s, size_t n) {
  char* end = d + strlen(d);
  const size_t length = strnlen(s, n);
  memcpy(end, s, length);
  end[length] = 0;
  return d;
}

int strncmp(const char* a, const char* b, size_t n) {
  for (; n--; ++a, ++b) {
    if (*a != *b) return (byte)*a - (byte)*b;
    if (!*a) break;
  }
  return 0;
}

int strcmp(const char* a, const char* b) { return strncmp(a, b, (size_t)-1); }

char* strchr(const char* s, int c) {
  for (;; ++s) {
    if (*s == (char)c) return (char*)s;
    if (!*s) return NULL;
  }
}

char* strrchr(const char* s, int c) {
  const char* found = NULL;
  for (;; ++s) {
    if (*s == (char)c) found = s;
    if (!*s) return (char*)found;
  }
}

char* strstr(const char* s, const char* what) {
  const size_t length = strlen(what);
  for (;; ++s) {
    if (strncmp(s, what, length) == 0) return (char*)s;
    if (!*s) return NULL;
  }
}

size_t strspn(const char* s, const char* set) {
  size_t i = 0;
  while (s[i] && strchr(set, s[i])) ++i;
  return i;
}

size_t strcspn(const char* s, const char* set) {
  size_t i = 0;
  while (s[i] && !strchr(set, s[i])) ++i;
  return i;
}

char* strpbrk(const char* s, const char* set) {
  s += strcspn(s, set);
  return *s ? (char*)s : NULL;
}

void bcopy(const void* from, void* to, size_t n) { memmove(to, from, n); }
void bzero(void* to, size_t n) { memset(to, 0, n); }
int bcmp(const void* a, const void* b, size_t n) { return memcmp(a, b, n); }
char* index(const char* s, int c) { return strchr(s, c); }
char* rindex(const char* s, int c) { return strrchr(s, c); }

int ffsll(long long x) {
  int bit = 1;
  if (x == 0) return 0;
  while ((x & 1) == 0) x = (long long)((unsigned long long)x >> 1), ++bit;
  return bit;
}
int ffs(int x) { return ffsll(x); }
int ffsl(long x) { return ffsll(x); }

int isdigit(int c) { return c >= '0' && c <= '9'; }
int isspace(int c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
int isprint(int c) { return c >= ' ' && c < 127; }
int isupper(int c) { return c >= 'A' && c <= 'Z'; }
int islower(int c) { return c >= 'a' && c <= 'z'; }
int isalpha(int c) { return isupper(c) || islower(c); }
int isalnum(int c) { return isalpha(c) || isdigit(c); }
int toupper(int c) { return islower(c) ? c - 'a' + 'A' : c; }
int tolower(int c) { return isupper(c) ? c - 'A' + 'a' : c; }
