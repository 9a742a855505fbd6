#pragma once
#include <stddef.h>
#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1
#define RAND_MAX 0x7fffffff
void exit(int) __attribute__((noreturn));
void abort(void) __attribute__((noreturn));
int atexit(void (*)(void)), abs(int), atoi(const char*), rand(void);
long labs(long), atol(const char*), random(void);
long long llabs(long long);
void srand(unsigned), free(void*), *malloc(size_t), *calloc(size_t, size_t),
    *realloc(void*, size_t);
void qsort(void*, size_t, size_t, int (*)(const void*, const void*));
