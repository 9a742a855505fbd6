// Every double is m * 2^e: for e < 0 it is m * 5^-e / 10^-e, so multiplying a long decimal number
// by 2 or 5 gives all its digits, and rounding (half to even) is done once, on digits.
#include "decimal.h"

enum { kDigits = 1200 };  // the smallest subnormal has 751 significant digits after 323 zeros

// digit[0] is the least significant; value = digits * 10^-fraction.
struct number {
  uint8_t digit[kDigits];
  int length, fraction;
};

static void multiply(struct number* n, unsigned factor) {
  unsigned carry = 0;
  for (int i = 0; i < n->length || carry != 0; ++i) {
    if (i == n->length) n->digit[n->length++] = 0;
    carry += n->digit[i] * factor;
    n->digit[i] = (uint8_t)(carry % 10);
    carry /= 10;
  }
}

static void from_double(struct number* n, uint64_t bits) {
  const int exponent = (int)(bits >> 52 & 0x7ff);
  uint64_t m = bits & ((UINT64_C(1) << 52) - 1);
  if (exponent != 0) m |= UINT64_C(1) << 52;
  int e = (exponent != 0 ? exponent : 1) - 1075;
  n->length = n->fraction = 0;
  for (; m != 0; m /= 10) n->digit[n->length++] = (uint8_t)(m % 10);
  for (; e > 0; --e) multiply(n, 2);
  for (; e < 0; ++e) multiply(n, 5), ++n->fraction;
}

// Drops the `count` lowest digits, rounding to nearest, ties to even.
static void round_off(struct number* n, int count) {
  if (count <= 0) return;
  n->fraction -= count;
  if (count > n->length) {
    n->length = 0;
    return;
  }
  const int half = n->digit[count - 1];
  int rest = 0;
  for (int i = 0; i < count - 1; ++i) rest |= n->digit[i];
  n->length -= count;
  __builtin_memmove(n->digit, n->digit + count, (size_t)n->length);
  const int is_odd = n->length > 0 && (n->digit[0] & 1);
  if (half < 5 || (half == 5 && rest == 0 && !is_odd)) return;
  for (int i = 0;; ++i) {
    if (i == n->length) n->digit[n->length++] = 0;
    if (++n->digit[i] < 10) return;
    n->digit[i] = 0;
  }
}

static int digit_at(const struct number* n, int power) {  // of 10^power
  const int i = power + n->fraction;
  return i >= 0 && i < n->length ? n->digit[i] : 0;
}

static int leading_power(const struct number* n) {
  return n->length == 0 ? 0 : n->length - 1 - n->fraction;
}

struct text {
  char* at;
  size_t size, length;
};
static void add(struct text* t, char c) {
  if (t->length < t->size) t->at[t->length++] = c;
}

// Digits from 10^first down to 10^last; the point stands after 10^point.
static void add_digits(struct text* t, const struct number* n, int first, int point, int last,
                       int alternate) {
  for (int power = first; power >= last; --power) {
    add(t, (char)('0' + digit_at(n, power)));
    if (power == point && (power > last || alternate)) add(t, '.');
  }
}

static void add_exponent(struct text* t, int exponent, char e) {
  add(t, e);
  add(t, exponent < 0 ? '-' : '+');
  const int size = exponent < 0 ? -exponent : exponent;
  if (size >= 100) add(t, (char)('0' + size / 100));
  add(t, (char)('0' + size / 10 % 10));
  add(t, (char)('0' + size % 10));
}

size_t format_decimal(char* text, size_t size, uint64_t bits, char conversion, int precision,
                      int alternate) {
  const char kind = (char)(conversion | 0x20), e = conversion == kind ? 'e' : 'E';
  struct text t = {text, size, 0};
  if ((bits >> 52 & 0x7ff) == 0x7ff) {
    for (const char* s = bits << 12 != 0 ? "nan" : "inf"; *s; ++s)
      add(&t, (char)(conversion == kind ? *s : *s - 0x20));
    return t.length;
  }
  static struct number n;
  from_double(&n, bits);
  if (precision < 0) precision = 6;
  if (kind == 'f') {
    round_off(&n, n.fraction - precision);
    const int leading = leading_power(&n);
    add_digits(&t, &n, leading > 0 ? leading : 0, 0, -precision, alternate);
    return t.length;
  }
  if (kind == 'g' && precision == 0) precision = 1;
  const int significant = kind == 'g' ? precision : precision + 1;
  round_off(&n, n.length - significant);
  const int leading = leading_power(&n);
  int last = leading - significant + 1;
  if (kind == 'g' && !alternate)
    while (last < leading && digit_at(&n, last) == 0) ++last;
  if (kind == 'g' && leading >= -4 && leading < precision) {
    add_digits(&t, &n, leading > 0 ? leading : 0, 0, last < 0 || alternate ? last : 0, alternate);
  } else {
    add_digits(&t, &n, leading, leading, last, alternate);
    add_exponent(&t, leading, e);
  }
  return t.length;
}
