#pragma once
#define HUGE_VAL __builtin_huge_val()
#define HUGE_VALF __builtin_huge_valf()
#define HUGE_VALL __builtin_huge_vall()
#define INFINITY __builtin_inff()
#define NAN __builtin_nanf("")
#define isnan(x) __builtin_isnan(x)
#define isinf(x) __builtin_isinf(x)
#define isfinite(x) __builtin_isfinite(x)
#define signbit(x) __builtin_signbit(x)
double fabs(double), copysign(double, double), sqrt(double), floor(double), ceil(double),
    fmax(double, double), pow(double, double);
float fabsf(float), sqrtf(float), fmaxf(float, float);
long double fabsl(long double), fmaxl(long double, long double);
