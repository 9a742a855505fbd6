// See <math.h>.
#include <math.h>

double fabs(double x) { return __builtin_fabs(x); }
float fabsf(float x) { return __builtin_fabsf(x); }
// By name: what the compiler knows as sqrt is a call of this where it must care for errno.
double sqrt(double x) {
  __asm__("sqrt.d %0, %1" : "=f"(x) : "f"(x));
  return x;
}
float sqrtf(float x) {
  __asm__("sqrt.s %0, %1" : "=f"(x) : "f"(x));
  return x;
}

// Beyond 2^52 every double is integral, and NaN compares with nothing.
static int has_fraction(double x) { return __builtin_fabs(x) < 0x1p52; }

double trunc(double x) { return has_fraction(x) ? __builtin_copysign((double)(long long)x, x) : x; }
double floor(double x) {
  const double whole = trunc(x);
  return whole > x ? whole - 1 : whole;
}
double ceil(double x) {
  const double whole = trunc(x);
  return whole < x ? __builtin_copysign(whole + 1, x) : whole;
}
