// The one formatter behind the kernel's print() and the C library's printf().
#include <stdint.h>

#include "decimal.h"
#include "runtime.h"

struct conversion {
  int left, zero;  // flags
  int width;
  int precision;  // -1: none
  int size;       // bytes of an integer argument
};

struct sink {
  void (*put)(void* context, char c);
  void* context;
  int count;
};

static void emit(struct sink* s, char c) {
  s->put(s->context, c);
  ++s->count;
}

static void pad(struct sink* s, char c, int n) {
  for (; n > 0; --n) emit(s, c);
}

// `prefix` is a sign or "0x", kept in front of zero padding.
static void emit_field(struct sink* s, const struct conversion* c, const char* prefix,
                       const char* text, int length) {
  const int fill = c->width - length - (int)strlen(prefix);
  if (!c->left && !c->zero) pad(s, ' ', fill);
  while (*prefix) emit(s, *prefix++);
  if (!c->left && c->zero) pad(s, '0', fill);
  for (int i = 0; i < length; ++i) emit(s, text[i]);
  if (c->left) pad(s, ' ', fill);
}

static void emit_number(struct sink* s, const struct conversion* c, const char* prefix,
                        uint64_t value, unsigned base, const char* digits) {
  char text[20];
  int at = sizeof text;
  do text[--at] = digits[value % base];
  while ((value /= base) != 0);
  emit_field(s, c, prefix, text + at, (int)sizeof text - at);
}

static uint64_t narrowed(uint64_t value, int size) {
  return size >= 8 ? value : value & ((UINT64_C(1) << 8 * size) - 1);
}

static int64_t signed_value(uint64_t value, int size) {
  const int shift = 64 - 8 * size;
  return (int64_t)(value << shift) >> shift;
}

static const char* parse_number(const char* p, int* out) {
  for (*out = 0; *p >= '0' && *p <= '9'; ++p) *out = 10 * *out + (*p - '0');
  return p;
}

// From behind the % to the conversion letter.
static const char* parse(const char* p, struct conversion* c) {
  *c = (struct conversion){.precision = -1, .size = sizeof(int)};
  for (;; ++p) {
    if (*p == '-')
      c->left = 1;
    else if (*p == '0')
      c->zero = 1;
    else
      break;
  }
  p = parse_number(p, &c->width);
  if (*p == '.') p = parse_number(p + 1, &c->precision);
  for (;; ++p) {
    if (*p == 'h')
      c->size = c->size == (int)sizeof(int) ? 2 : 1;
    else if (*p == 'l')
      c->size = c->size == (int)sizeof(int) ? (int)sizeof(long) : 8;
    else if (*p == 'z' || *p == 't')
      c->size = sizeof(size_t);
    else if (*p == 'j')
      c->size = 8;
    else
      return p;
    // `l` twice is 64 bits, also where long is as wide as int.
    if (*p == 'l' && p[1] == 'l') {
      c->size = 8;
      ++p;
    }
  }
}

// The bits only: the kernel's formatter is compiled without the floating-point unit.
static void emit_double(struct sink* s, struct conversion c, char letter, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  char text[400];
  const int length = (int)format_decimal(text, sizeof text, bits, letter, c.precision, 0);
  if ((bits >> 52 & 0x7ff) == 0x7ff) c.zero = 0;
  emit_field(s, &c, bits >> 63 != 0 ? "-" : "", text, length);
}

#define INTEGER_ARGUMENT(ap, size) \
  ((size) == 8 ? va_arg(ap, uint64_t) : (uint64_t)va_arg(ap, unsigned))

int format(void (*put)(void* context, char c), void* context, const char* text, va_list arguments) {
  struct sink s = {put, context, 0};
  va_list ap;
  va_copy(ap, arguments);
  for (const char* p = text; *p; ++p) {
    struct conversion c;
    if (*p != '%') {
      emit(&s, *p);
      continue;
    }
    p = parse(p + 1, &c);
    switch (*p) {
      case 'd':
      case 'i': {
        const int64_t value = signed_value(INTEGER_ARGUMENT(ap, c.size), c.size);
        emit_number(&s, &c, value < 0 ? "-" : "", value < 0 ? -(uint64_t)value : (uint64_t)value,
                    10, "0123456789");
        break;
      }
      case 'u':
        emit_number(&s, &c, "", narrowed(INTEGER_ARGUMENT(ap, c.size), c.size), 10, "0123456789");
        break;
      case 'x':
        emit_number(&s, &c, "", narrowed(INTEGER_ARGUMENT(ap, c.size), c.size), 16,
                    "0123456789abcdef");
        break;
      case 'X':
        emit_number(&s, &c, "", narrowed(INTEGER_ARGUMENT(ap, c.size), c.size), 16,
                    "0123456789ABCDEF");
        break;
      case 'p':
        emit_number(&s, &c, "0x", (uintptr_t)va_arg(ap, void*), 16, "0123456789abcdef");
        break;
      case 'c': {
        const char one = (char)va_arg(ap, int);
        emit_field(&s, &c, "", &one, 1);
        break;
      }
      case 's': {
        const char* string = va_arg(ap, const char*);
        if (!string) string = "(null)";
        emit_field(&s, &c, "", string,
                   (int)strnlen(string, c.precision < 0 ? SIZE_MAX : (size_t)c.precision));
        break;
      }
      case 'e':
      case 'E':
      case 'f':
      case 'F':
      case 'g':
      case 'G': emit_double(&s, c, *p, va_arg(ap, double)); break;
      case '%': emit(&s, '%'); break;
      case 0:  // a lone % at the end
        emit(&s, '%');
        --p;
        break;
      default:  // not one of ours: show it rather than guess
        emit(&s, '%');
        emit(&s, *p);
        break;
    }
  }
  va_end(ap);
  return s.count;
}
