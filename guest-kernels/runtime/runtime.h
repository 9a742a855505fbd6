// The runtime's functions that are called by name; those that only the compiler calls need no
// header.
#pragma once

#include <stdarg.h>
#include <stddef.h>

// As ISO C has them.
void* memcpy(void* restrict to, const void* restrict from, size_t n);
void* memmove(void* to, const void* from, size_t n);
void* memset(void* to, int value, size_t n);
int memcmp(const void* a, const void* b, size_t n);
size_t strlen(const char* s);
size_t strnlen(const char* s, size_t limit);
int strcmp(const char* a, const char* b);
int strncmp(const char* a, const char* b, size_t n);
char* strchr(const char* s, int c);
char* strcpy(char* restrict to, const char* restrict from);

/// printf: flags - 0, width, precision of strings and doubles, h hh l ll z, d i u x X c s p e E f F
/// g G %; a double ends at 400 characters. Each character goes to put(context, c). Returns their
/// number.
int format(void (*put)(void* context, char c), void* context, const char* text, va_list arguments);
