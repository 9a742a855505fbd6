#pragma once
void tinyix_assertion_failed(const char* expression, const char* file, int line)
    __attribute__((noreturn));
#ifdef NDEBUG
#define assert(expression) ((void)0)
#else
#define assert(expression) \
  ((expression) ? (void)0 : tinyix_assertion_failed(#expression, __FILE__, __LINE__))
#endif
