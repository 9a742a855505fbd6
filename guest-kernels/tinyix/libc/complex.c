// Products and quotients of complex numbers, which compilers call by these names (ISO C, annex G:
// infinities are not lost).
#include <complex.h>
#include <math.h>

#define COMPLEX_ARITHMETIC(type, letters, suffix)                                             \
  type _Complex __mul##letters##3(type a, type b, type c, type d);                            \
  type _Complex __div##letters##3(type a, type b, type c, type d);                            \
  static type boxed_##letters(type x) {                                                       \
    return __builtin_copysign##suffix(__builtin_isinf(x) ? 1 : 0, x);                         \
  }                                                                                           \
  static type zeroed_##letters(type x) {                                                      \
    return __builtin_isnan(x) ? __builtin_copysign##suffix(0, x) : x;                         \
  }                                                                                           \
  type _Complex __mul##letters##3(type a, type b, type c, type d) {                           \
    const type ac = a * c, bd = b * d, ad = a * d, bc = b * c;                                \
    type x = ac - bd, y = ad + bc;                                                            \
    int again = 0;                                                                            \
    if (__builtin_isnan(x) && __builtin_isnan(y)) {                                           \
      if (__builtin_isinf(a) || __builtin_isinf(b)) {                                         \
        a = boxed_##letters(a), b = boxed_##letters(b);                                       \
        c = zeroed_##letters(c), d = zeroed_##letters(d);                                     \
        again = 1;                                                                            \
      }                                                                                       \
      if (__builtin_isinf(c) || __builtin_isinf(d)) {                                         \
        c = boxed_##letters(c), d = boxed_##letters(d);                                       \
        a = zeroed_##letters(a), b = zeroed_##letters(b);                                     \
        again = 1;                                                                            \
      }                                                                                       \
      if (!again && (__builtin_isinf(ac) || __builtin_isinf(bd) || __builtin_isinf(ad) ||     \
                     __builtin_isinf(bc))) {                                                  \
        a = zeroed_##letters(a), b = zeroed_##letters(b);                                     \
        c = zeroed_##letters(c), d = zeroed_##letters(d);                                     \
        again = 1;                                                                            \
      }                                                                                       \
      if (again) {                                                                            \
        x = __builtin_inf##suffix() * (a * c - b * d);                                        \
        y = __builtin_inf##suffix() * (a * d + b * c);                                        \
      }                                                                                       \
    }                                                                                         \
    return __builtin_complex(x, y);                                                           \
  }                                                                                           \
  type _Complex __div##letters##3(type a, type b, type c, type d) {                           \
    const type larger =                                                                       \
        __builtin_fmax##suffix(__builtin_fabs##suffix(c), __builtin_fabs##suffix(d));         \
    const int is_finite = __builtin_isfinite(larger) && larger != 0;                          \
    const int shift = is_finite ? -__builtin_ilogb##suffix(larger) : 0;                       \
    c = __builtin_scalbn##suffix(c, shift), d = __builtin_scalbn##suffix(d, shift);           \
    const type size = c * c + d * d;                                                          \
    type x = __builtin_scalbn##suffix((a * c + b * d) / size, shift);                         \
    type y = __builtin_scalbn##suffix((b * c - a * d) / size, shift);                         \
    if (__builtin_isnan(x) && __builtin_isnan(y)) {                                           \
      if (size == 0 && (!__builtin_isnan(a) || !__builtin_isnan(b))) {                        \
        x = __builtin_copysign##suffix(__builtin_inf##suffix(), c) * a;                       \
        y = __builtin_copysign##suffix(__builtin_inf##suffix(), c) * b;                       \
      } else if ((__builtin_isinf(a) || __builtin_isinf(b)) && __builtin_isfinite(c) &&       \
                 __builtin_isfinite(d)) {                                                     \
        a = boxed_##letters(a), b = boxed_##letters(b);                                       \
        x = __builtin_inf##suffix() * (a * c + b * d);                                        \
        y = __builtin_inf##suffix() * (b * c - a * d);                                        \
      } else if (__builtin_isinf(larger) && __builtin_isfinite(a) && __builtin_isfinite(b)) { \
        c = boxed_##letters(c), d = boxed_##letters(d);                                       \
        x = 0 * (a * c + b * d);                                                              \
        y = 0 * (b * c - a * d);                                                              \
      }                                                                                       \
    }                                                                                         \
    return __builtin_complex(x, y);                                                           \
  }

COMPLEX_ARITHMETIC(double, dc, )
COMPLEX_ARITHMETIC(float, sc, f)
