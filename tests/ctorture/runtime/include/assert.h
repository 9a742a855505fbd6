#pragma once
#undef assert
void assertion_failed(const char* text, const char* file, int line) __attribute__((noreturn));
#define assert(x) ((x) ? (void)0 : assertion_failed(#x, __FILE__, __LINE__))
