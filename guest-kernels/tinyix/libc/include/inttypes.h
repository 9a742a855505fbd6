#pragma once
#include <stdint.h>
// int64_t is long on n64 and long long on o32.
#if __LONG_MAX__ == 2147483647
#define TINYIX_64 "ll"
#else
#define TINYIX_64 "l"
#endif
#define PRId32 "d"
#define PRIu32 "u"
#define PRIx32 "x"
#define PRId64 TINYIX_64 "d"
#define PRIu64 TINYIX_64 "u"
#define PRIx64 TINYIX_64 "x"
