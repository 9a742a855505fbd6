// What compiled C++ calls without exceptions and run-time types: memory, and functions that must
// not be called.
#include <stdio.h>
#include <stdlib.h>

#if __mips64
#define NEW "_Znwm"
#define NEW_ARRAY "_Znam"
#define DELETE_SIZED "_ZdlPvm"
#define DELETE_ARRAY_SIZED "_ZdaPvm"
#else
#define NEW "_Znwj"
#define NEW_ARRAY "_Znaj"
#define DELETE_SIZED "_ZdlPvj"
#define DELETE_ARRAY_SIZED "_ZdaPvj"
#endif

void* cxx_new(size_t bytes) __asm__(NEW);
void* cxx_new_array(size_t bytes) __asm__(NEW_ARRAY);
void cxx_delete(void* p) __asm__("_ZdlPv");
void cxx_delete_array(void* p) __asm__("_ZdaPv");
void cxx_delete_sized(void* p, size_t bytes) __asm__(DELETE_SIZED);
void cxx_delete_array_sized(void* p, size_t bytes) __asm__(DELETE_ARRAY_SIZED);
void __cxa_pure_virtual(void) __attribute__((noreturn));

void* __dso_handle;

void* cxx_new(size_t bytes) {
  void* const p = malloc(bytes ? bytes : 1);
  if (p) return p;
  fputs("no memory for operator new\n", stderr);
  abort();
}
void* cxx_new_array(size_t bytes) { return cxx_new(bytes); }
void cxx_delete(void* p) { free(p); }
void cxx_delete_array(void* p) { free(p); }
void cxx_delete_sized(void* p, size_t bytes) {
  (void)bytes;
  free(p);
}
void cxx_delete_array_sized(void* p, size_t bytes) {
  (void)bytes;
  free(p);
}

void __cxa_pure_virtual(void) {
  fputs("a pure virtual function was called\n", stderr);
  abort();
}
