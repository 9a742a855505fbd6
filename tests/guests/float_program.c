// Floating point in C: what must come out is what the host's compiler makes of it.
#include <disco.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

static const double values[] = {0.0,
                                -0.0,
                                0.5,
                                -0.5,
                                1.5,
                                2.5,
                                -2.5,
                                1e-5,
                                123456789.125,
                                0.1,
                                1.0 / 3,
                                -1e15,
                                1e22,
                                4503599627370495.5,
                                -4503599627370497.0,
                                1e100,
                                -7.25e-200};
static const uint64_t integers[] = {0,
                                    1,
                                    2,
                                    16777217,
                                    16777219,
                                    0x7fffffff,
                                    0x80000000,
                                    0xffffffff,
                                    0x100000000,
                                    9007199254740993,
                                    0x8000008000000000,
                                    0x8000008000000001,
                                    0x7fffffffffffffff,
                                    0x8000000000000000,
                                    0xffffffffffffffff,
                                    0xfffffffffffffbff,
                                    0xfffffffffffffc00};
#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static void conversions(void) {
  for (unsigned i = 0; i < COUNT(integers); ++i) {
    const volatile uint64_t u = integers[i];
    const volatile int64_t s = (int64_t)u;
    printf("%" PRIu64 ": %.17g %.17g %.9g %.9g\n", u, (double)u, (double)s, (double)(float)u,
           (double)(float)s);
    const volatile double d = (double)(u >> 1), n = (double)(s / 2);
    const volatile float f = (float)(u >> 2), g = (float)(s / 4);
    printf("  %" PRIu64 " %" PRId64 " %" PRIu64 " %" PRId64 "\n", (uint64_t)d, (int64_t)n,
           (uint64_t)f, (int64_t)g);
  }
}

static void functions(void) {
  for (unsigned i = 0; i < COUNT(values); ++i) {
    const volatile double x = values[i];
    printf("[%f] [%12.4e] [%-14g] [%014.3f] %.0f %.17g\n", x, x, x, x, x, x);
    printf("  %g %g %g %g %g %d%d%d\n", fabs(x), floor(x), ceil(x), trunc(x), sqrt(fabs(x)),
           isnan(x) != 0, isinf(x) != 0, isfinite(x) != 0);
  }
  const volatile double zero = 0, one = 1;
  printf("%f %F %g %e [%08f]\n", one / zero, -one / zero, one / zero, fabs(zero / zero),
         one / zero);
}

static double mixed(int a, double b, float c, long long d, double e) {
  return a * b - c / (double)d + e;
}

int main(void) {
  mark(1);
  conversions();
  functions();
  double sum = 0;
  float narrow = 0;
  for (int i = 1; i <= 1000; ++i) {
    sum += 1.0 / i;
    narrow += 1.0f / (float)(i * i);
  }
  mark(2);
  printf("%.17g %.9g %.17g\n", sum, (double)narrow, mixed(3, 0.7, 1.25f, 1LL << 40, sum));
  return 0;
}
