// <math.h>, as far as the suite calls it instead of the compiler's own expansion.
#include <math.h>

double fabs(double x) { return __builtin_fabs(x); }
float fabsf(float x) { return __builtin_fabsf(x); }
long double fabsl(long double x) { return x < 0 ? -x : x; }
double copysign(double x, double sign) { return __builtin_signbit(sign) ? -fabs(x) : fabs(x); }

double sqrt(double x) {
  double root;
  __asm__("sqrt.d %0,%1" : "=f"(root) : "f"(x));
  return root;
}
float sqrtf(float x) {
  float root;
  __asm__("sqrt.s %0,%1" : "=f"(root) : "f"(x));
  return root;
}

double floor(double x) {
  if (!(fabs(x) < 4503599627370496.0)) return x;  // no fraction from 2^52 on
  const double whole = (double)(long long)x;
  return whole > x ? whole - 1 : whole;
}
double ceil(double x) { return -floor(-x); }

double fmax(double a, double b) { return a != a ? b : b != b ? a : a > b ? a : b; }
float fmaxf(float a, float b) { return a != a ? b : b != b ? a : a > b ? a : b; }
long double fmaxl(long double a, long double b) { return a != a ? b : b != b ? a : a > b ? a : b; }

// x > 0. x = m * 2^e with m in [0.75, 1.5); log m = 2 atanh((m - 1) / (m + 1)).
static double natural_log(double x) {
  int e = 0;
  while (x >= 1.5) x /= 2, ++e;
  while (x < 0.75) x *= 2, --e;
  const double t = (x - 1) / (x + 1);
  double sum = 0, power = t;
  for (int k = 1; k < 60; k += 2, power *= t * t) sum += power / k;
  return 2 * sum + e * 0.69314718055994530942;
}

static double exponential(double x) {
  const double n = floor(x / 0.69314718055994530942 + 0.5);
  const double r = x - n * 0.69314718055994530942;
  double sum = 1, term = 1;
  for (int k = 1; k < 25; ++k) sum += term *= r / k;
  for (double i = 0; i < fabs(n); i += 1) sum *= n > 0 ? 2 : 0.5;
  return sum;
}

double pow(double x, double y) {
  if (y == floor(y) && fabs(y) < 4096) {
    double product = 1;
    for (double i = 0; i < fabs(y); i += 1) product *= x;
    return y < 0 ? 1 / product : product;
  }
  return x > 0 ? exponential(y * natural_log(x)) : x == 0 ? 0 : __builtin_nan("");
}
