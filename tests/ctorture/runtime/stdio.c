// <stdio.h>: printing to the console or into a buffer. Floating point is printed exactly
// (decimal.c).
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "decimal.h"
#include "runtime.h"

struct sink {
  char* buffer;  // null: the console
  size_t size, written;
};

static void put(struct sink* out, char c) {
  if (out->buffer == NULL)
    write_console(c);
  else if (out->written + 1 < out->size)
    out->buffer[out->written] = c;
  ++out->written;
}

static void put_many(struct sink* out, char c, int count) {
  while (count-- > 0) put(out, c);
}

struct spec {
  int left, zero, plus, space, alternate, width, precision;  // precision -1: none given
  int longs;                                                 // h = -1, hh = -2, l = 1, ll, j, L = 2
  char conversion;
};

// Sign or prefix, zeros and text, filled up to the width.
static void put_field(struct sink* out, const struct spec* s, const char* prefix, const char* text,
                      size_t length) {
  const int used = (int)(strlen(prefix) + length), fill = s->width > used ? s->width - used : 0;
  if (!s->left && !s->zero) put_many(out, ' ', fill);
  while (*prefix) put(out, *prefix++);
  if (!s->left && s->zero) put_many(out, '0', fill);
  while (length--) put(out, *text++);
  if (s->left) put_many(out, ' ', fill);
}

static const char* sign_of(const struct spec* s, int negative) {
  return negative ? "-" : s->plus ? "+" : s->space ? " " : "";
}

static unsigned long long narrowed(unsigned long long v, const struct spec* s, int is_signed) {
  switch (s->longs) {
    case -2: return is_signed ? (unsigned long long)(signed char)v : (unsigned char)v;
    case -1: return is_signed ? (unsigned long long)(short)v : (unsigned short)v;
    default: return v;
  }
}

static void put_integer(struct sink* out, struct spec* s, va_list* arguments) {
  const int is_signed = s->conversion == 'd' || s->conversion == 'i';
  unsigned long long v;
  if (s->conversion == 'p')
    v = (uintptr_t)va_arg(*arguments, void*);
  else if (s->longs >= 2)
    v = va_arg(*arguments, unsigned long long);
  else if (s->longs == 1)
    v = is_signed ? (unsigned long long)va_arg(*arguments, long)
                  : va_arg(*arguments, unsigned long);
  else
    v = is_signed ? (unsigned long long)va_arg(*arguments, int) : va_arg(*arguments, unsigned);
  v = narrowed(v, s, is_signed);

  const char* prefix = is_signed ? sign_of(s, (long long)v < 0) : "";
  if (is_signed && (long long)v < 0) v = -v;
  const char* digits = s->conversion == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
  const unsigned base = s->conversion == 'o'                                                   ? 8
                        : s->conversion == 'x' || s->conversion == 'X' || s->conversion == 'p' ? 16
                                                                                               : 10;
  if (s->conversion == 'p' || (s->alternate && base == 16 && v != 0))
    prefix = s->conversion == 'X' ? "0X" : "0x";

  char text[80], *const end = text + sizeof text, *p = end;
  for (; v != 0; v /= base) *--p = digits[v % base];
  while (end - p < (s->precision < 0 ? 1 : s->precision) && p > text) *--p = '0';
  if (s->alternate && base == 8 && (p == end || *p != '0')) *--p = '0';
  if (s->precision >= 0) s->zero = 0;
  put_field(out, s, prefix, p, (size_t)(end - p));
}

static void put_text(struct sink* out, struct spec* s, const char* text) {
  if (text == NULL) text = "(null)";
  s->zero = 0;
  put_field(out, s, "", text,
            s->precision >= 0 ? strnlen(text, (size_t)s->precision) : strlen(text));
}

static void put_floating(struct sink* out, struct spec* s, va_list* arguments) {
  const double value =
      s->longs >= 2 ? (double)va_arg(*arguments, long double) : va_arg(*arguments, double);
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  char text[512];
  const size_t length =
      format_decimal(text, sizeof text, bits, s->conversion, s->precision, s->alternate);
  if (value != value || value - value != 0) s->zero = 0;
  put_field(out, s, sign_of(s, __builtin_signbit(value) != 0), text, length);
}

static const char* parse(const char* f, struct spec* s, va_list* arguments) {
  for (;; ++f) {
    if (*f == '-')
      s->left = 1;
    else if (*f == '0')
      s->zero = 1;
    else if (*f == '+')
      s->plus = 1;
    else if (*f == ' ')
      s->space = 1;
    else if (*f == '#')
      s->alternate = 1;
    else
      break;
  }
  if (*f == '*') {
    s->width = va_arg(*arguments, int), ++f;
    if (s->width < 0) s->left = 1, s->width = -s->width;
  }
  while (*f >= '0' && *f <= '9') s->width = s->width * 10 + *f++ - '0';
  if (*f == '.') {
    s->precision = 0;
    if (*++f == '*') s->precision = va_arg(*arguments, int), ++f;
    while (*f >= '0' && *f <= '9') s->precision = s->precision * 10 + *f++ - '0';
  }
  for (;; ++f) {
    if (*f == 'h')
      --s->longs;
    else if (*f == 'l')
      ++s->longs;
    else if (*f == 'L' || *f == 'j')
      s->longs = 2;
    else if (*f == 'z' || *f == 't')
      s->longs = sizeof(size_t) == sizeof(long) ? 1 : 0;
    else
      break;
  }
  s->conversion = *f;
  return f;
}

static int format(struct sink* out, const char* f, va_list* arguments) {
  for (; *f; ++f) {
    if (*f != '%') {
      put(out, *f);
      continue;
    }
    struct spec s = {.precision = -1};
    f = parse(f + 1, &s, arguments);
    switch (s.conversion) {
      case 'c': {
        const char c = (char)va_arg(*arguments, int);
        s.zero = 0;
        put_field(out, &s, "", &c, 1);
        break;
      }
      case 's': put_text(out, &s, va_arg(*arguments, const char*)); break;
      case 'd':
      case 'i':
      case 'u':
      case 'x':
      case 'X':
      case 'o':
      case 'p': put_integer(out, &s, arguments); break;
      case 'e':
      case 'E':
      case 'f':
      case 'F':
      case 'g':
      case 'G': put_floating(out, &s, arguments); break;
      case 'n': *va_arg(*arguments, int*) = (int)out->written; break;
      case 0: return (int)out->written;
      default: put(out, s.conversion); break;
    }
  }
  return (int)out->written;
}

int vsnprintf(char* buffer, size_t size, const char* f, va_list arguments) {
  char nowhere[1];
  struct sink out = {size != 0 ? buffer : nowhere, size != 0 ? size : 1, 0};
  va_list copy;
  va_copy(copy, arguments);
  const int length = format(&out, f, &copy);
  va_end(copy);
  out.buffer[out.written < out.size ? out.written : out.size - 1] = 0;
  return length;
}

int vprintf(const char* f, va_list arguments) {
  struct sink out = {NULL, 0, 0};
  va_list copy;
  va_copy(copy, arguments);
  const int length = format(&out, f, &copy);
  va_end(copy);
  return length;
}

int vsprintf(char* buffer, const char* f, va_list arguments) {
  return vsnprintf(buffer, (size_t)1 << 30, f, arguments);
}
int vfprintf(FILE* file, const char* f, va_list arguments) {
  return (void)file, vprintf(f, arguments);
}

#define VARIADIC(call)     \
  va_list arguments;       \
  va_start(arguments, f);  \
  const int length = call; \
  va_end(arguments);       \
  return length
int printf(const char* f, ...) { VARIADIC(vprintf(f, arguments)); }
int fprintf(FILE* file, const char* f, ...) { VARIADIC(vfprintf(file, f, arguments)); }
int sprintf(char* buffer, const char* f, ...) { VARIADIC(vsprintf(buffer, f, arguments)); }
int snprintf(char* buffer, size_t size, const char* f, ...) {
  VARIADIC(vsnprintf(buffer, size, f, arguments));
}

struct FILE {
  int number;
};
static FILE files[3] = {{0}, {1}, {2}};
FILE *stdin = &files[0], *stdout = &files[1], *stderr = &files[2];

int putchar(int c) { return write_console(c), (unsigned char)c; }
int fputc(int c, FILE* file) { return (void)file, putchar(c); }
int putc(int c, FILE* file) { return fputc(c, file); }
size_t fwrite(const void* data, size_t size, size_t count, FILE* file) {
  for (size_t i = 0; i < size * count; ++i) fputc(((const char*)data)[i], file);
  return count;
}
int fputs(const char* s, FILE* file) { return (int)fwrite(s, 1, strlen(s), file); }
int fputs_unlocked(const char* s, FILE* file) { return fputs(s, file); }
int puts(const char* s) { return fputs(s, stdout), putchar('\n'), 1; }
int fflush(FILE* file) { return (void)file, 0; }
