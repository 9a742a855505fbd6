// The system that gcc's libgcc2.c sees: the compiler's own headers and nothing else.
#pragma once
#include <float.h>
#include <limits.h>
#include <stddef.h>
void abort(void) __attribute__((noreturn));
void* memset(void*, int, size_t);
#define gcc_assert(x) ((x) ? (void)0 : abort())
#define gcc_unreachable() abort()
