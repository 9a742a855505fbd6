// libgcc's conversions between 64-bit integers and floating point, which gcc calls on o32. Rounded
// once, to nearest even, as ISO C and IEEE 754 ask; what does not fit a result is undefined, as in
// C.
#include <stdint.h>

double __floatdidf(int64_t x);
double __floatundidf(uint64_t x);
float __floatdisf(int64_t x);
float __floatundisf(uint64_t x);
int64_t __fixdfdi(double x);
uint64_t __fixunsdfdi(double x);
int64_t __fixsfdi(float x);
uint64_t __fixunssfdi(float x);

#define TWO_32 4294967296.0

// Each half is exact as a double, and so is the upper one's product: only the sum rounds.
double __floatundidf(uint64_t x) { return (uint32_t)(x >> 32) * TWO_32 + (uint32_t)x; }
double __floatdidf(int64_t x) { return (int32_t)(x >> 32) * TWO_32 + (uint32_t)x; }

// Through double would round twice. What lies below a double's 53 bits can only break a tie between
// floats, so one bit stands for all of it.
static uint64_t keep_53_bits(uint64_t magnitude) {
  const uint64_t below = 0x7ff;
  if (magnitude >> 53 == 0 || (magnitude & below) == 0) return magnitude;
  return (magnitude & ~below) | (below + 1);
}

float __floatundisf(uint64_t x) { return (float)__floatundidf(keep_53_bits(x)); }
float __floatdisf(int64_t x) {
  return x < 0 ? -__floatundisf(-(uint64_t)x) : __floatundisf((uint64_t)x);
}

uint64_t __fixunsdfdi(double x) {
  const uint32_t high = (uint32_t)(x / TWO_32);
  return (uint64_t)high << 32 | (uint32_t)(x - high * TWO_32);
}
int64_t __fixdfdi(double x) {
  return x < 0 ? (int64_t)-__fixunsdfdi(-x) : (int64_t)__fixunsdfdi(x);
}
uint64_t __fixunssfdi(float x) { return __fixunsdfdi(x); }
int64_t __fixsfdi(float x) { return __fixdfdi(x); }
