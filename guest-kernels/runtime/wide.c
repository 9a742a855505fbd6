// Arithmetic on integers twice as wide as a register: 128 bits on n64 (names ending in ti), 64 bits
// on o32 (di). One text serves both: `wide` is the double width, `half` the register. Tests define
// REGISTER_BITS themselves.
//
// gcc calls these functions for *, /, % and shifts of the double width, so nothing in here may use
// those operators on a `wide` except shifts by constants that the compiler expands in line.
#include <stdint.h>

#ifndef REGISTER_BITS
#if UINTPTR_MAX == UINT32_MAX
#define REGISTER_BITS 32
#else
#define REGISTER_BITS 64
#endif
#endif
#if REGISTER_BITS == 32
typedef uint32_t half;
typedef uint64_t wide;
typedef int64_t swide;
#define WIDE_NAME(stem) __##stem##di3
#else
typedef uint64_t half;
__extension__ typedef unsigned __int128 wide;
__extension__ typedef __int128 swide;
#define WIDE_NAME(stem) __##stem##ti3
#endif

enum { kHalfBits = 8 * sizeof(half), kWideBits = 8 * sizeof(wide) };

wide WIDE_NAME(mul)(wide a, wide b);
wide WIDE_NAME(udiv)(wide n, wide d);
wide WIDE_NAME(umod)(wide n, wide d);
swide WIDE_NAME(div)(swide n, swide d);
swide WIDE_NAME(mod)(swide n, swide d);
wide WIDE_NAME(ashl)(wide a, int by);
wide WIDE_NAME(lshr)(wide a, int by);
swide WIDE_NAME(ashr)(swide a, int by);

static half low(wide a) { return (half)a; }
static half high(wide a) { return (half)(a >> kHalfBits); }
static wide join(half hi, half lo) { return ((wide)hi << kHalfBits) | lo; }

// a * b of two registers as two: schoolbook on quarters, for a plain wide multiplication might be a
// call of the very function that uses this.
static wide multiply_halves(half a, half b) {
  enum { kQuarter = kHalfBits / 2 };
  const half mask = ((half)1 << kQuarter) - 1;
  const half a0 = a & mask, a1 = a >> kQuarter, b0 = b & mask, b1 = b >> kQuarter;
  const half p00 = a0 * b0, p01 = a0 * b1, p10 = a1 * b0, p11 = a1 * b1;
  const half middle = (p00 >> kQuarter) + (p01 & mask) + (p10 & mask);
  return join(p11 + (p01 >> kQuarter) + (p10 >> kQuarter) + (middle >> kQuarter),
              (middle << kQuarter) | (p00 & mask));
}

wide WIDE_NAME(mul)(wide a, wide b) {
  const wide product = multiply_halves(low(a), low(b));
  return join(high(product) + low(a) * high(b) + high(a) * low(b), low(product));
}

// Shift and subtract, one bit a step. Division by zero answers all ones and the dividend, as the
// processor's own division might; libgcc leaves it undefined.
static wide divide(wide n, wide d, wide* remainder) {
  if (high(n) == 0 && high(d) == 0 && low(d) != 0) {
    *remainder = low(n) % low(d);
    return low(n) / low(d);
  }
  wide quotient = 0, rest = 0;
  for (int i = 0; i < kWideBits; ++i) {
    const int carry = (int)(high(rest) >> (kHalfBits - 1));
    rest = (rest << 1) | (high(n) >> (kHalfBits - 1));
    n <<= 1;
    quotient <<= 1;
    if (carry || rest >= d) {
      rest -= d;
      quotient |= 1;
    }
  }
  *remainder = rest;
  return quotient;
}

static wide magnitude(swide a) { return a < 0 ? -(wide)a : (wide)a; }

wide WIDE_NAME(udiv)(wide n, wide d) {
  wide remainder;
  return divide(n, d, &remainder);
}

wide WIDE_NAME(umod)(wide n, wide d) {
  wide remainder;
  divide(n, d, &remainder);
  return remainder;
}

swide WIDE_NAME(div)(swide n, swide d) {
  wide remainder;
  const wide quotient = divide(magnitude(n), magnitude(d), &remainder);
  return (swide)((n < 0) != (d < 0) ? -quotient : quotient);
}

swide WIDE_NAME(mod)(swide n, swide d) {
  wide remainder;
  divide(magnitude(n), magnitude(d), &remainder);
  return (swide)(n < 0 ? -remainder : remainder);
}

wide WIDE_NAME(ashl)(wide a, int by) {
  if (by == 0) return a;
  if (by >= kHalfBits) return join(low(a) << (by - kHalfBits), 0);
  return join((high(a) << by) | (low(a) >> (kHalfBits - by)), low(a) << by);
}

wide WIDE_NAME(lshr)(wide a, int by) {
  if (by == 0) return a;
  if (by >= kHalfBits) return high(a) >> (by - kHalfBits);
  return join(high(a) >> by, (low(a) >> by) | (high(a) << (kHalfBits - by)));
}

swide WIDE_NAME(ashr)(swide a, int by) {
  const half sign = a < 0 ? (half)-1 : 0;
  if (by == 0) return a;
  const half hi = high((wide)a), lo = low((wide)a);
  if (by >= kHalfBits) {
    const int rest = by - kHalfBits;
    return (swide)join(sign, rest == 0 ? hi : (hi >> rest) | (sign << (kHalfBits - rest)));
  }
  return (swide)join((hi >> by) | (sign << (kHalfBits - by)),
                     (lo >> by) | (hi << (kHalfBits - by)));
}
