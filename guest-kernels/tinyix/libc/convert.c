// Conversions between floating point and 64-bit integers that 32-bit code calls by these names: its
// unit has no 64-bit integers. 64-bit code has instructions for them.
#include <stdint.h>

#if UINTPTR_MAX == UINT32_MAX
double __floatdidf(int64_t value);
double __floatundidf(uint64_t value);
float __floatdisf(int64_t value);
float __floatundisf(uint64_t value);
int64_t __fixdfdi(double value);
uint64_t __fixunsdfdi(double value);
int64_t __fixsfdi(float value);
uint64_t __fixunssfdi(float value);

static double from_halves(double high, uint32_t low) { return high * 0x1p32 + (double)low; }

// One rounding: both halves are exact, and so is their product with 2^32.
double __floatdidf(int64_t value) {
  return from_halves((double)(int32_t)(value >> 32), (uint32_t)value);
}
double __floatundidf(uint64_t value) {
  return from_halves((double)(uint32_t)(value >> 32), (uint32_t)value);
}

// To a float by way of a double that keeps, of what it cannot hold, whether there was anything:
// rounded twice it would be wrong by half a unit where the first rounding makes a tie.
float __floatundisf(uint64_t value) {
  if (value >> 53 != 0) value = (value & ~UINT64_C(0x7ff)) | ((value & 0x7ff) != 0 ? 0x800 : 0);
  return (float)__floatundidf(value);
}
float __floatdisf(int64_t value) {
  return value < 0 ? -__floatundisf(-(uint64_t)value) : __floatundisf((uint64_t)value);
}

uint64_t __fixunsdfdi(double value) {
  const uint32_t high = (uint32_t)(value * 0x1p-32);
  return (uint64_t)high << 32 | (uint32_t)(value - (double)high * 0x1p32);
}
int64_t __fixdfdi(double value) {
  return value < 0 ? (int64_t)-__fixunsdfdi(-value) : (int64_t)__fixunsdfdi(value);
}
uint64_t __fixunssfdi(float value) { return __fixunsdfdi((double)value); }
int64_t __fixsfdi(float value) { return __fixdfdi((double)value); }
#endif
