// From the kernel to main(): the first thread, its thread-local variables, constructors.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "system.h"

// From the linker script (user.ld).
extern char __tls_image[], __tls_image_end[], __tls_main[];
extern const char __tls_bytes[], __tls_alignment[];  // numbers as addresses
typedef void function(int argc, char** argv, char** envp);
extern function *__preinit_array_start[], *__preinit_array_end[];
extern function *__init_array_start[], *__init_array_end[];
extern function *__fini_array_start[], *__fini_array_end[];

enum { kPointerOffset = 0x7000 };  // the MIPS ABI: variables begin that far below the pointer

void tinyix_begin(int argc, char** argv, char** envp) __attribute__((noreturn));
int main(int argc, char** argv, char** envp);

static struct tinyix_thread first;

size_t tls_bytes(void) { return (size_t)__tls_bytes; }
size_t tls_alignment(void) { return (size_t)__tls_alignment; }

char* tls_make(char* at) {
  const size_t bytes = (size_t)(__tls_image_end - __tls_image);
  memcpy(at, __tls_image, bytes);
  memset(at + bytes, 0, tls_bytes() - bytes);
  return at + kPointerOffset;
}

static void run_destructors(void) {
  for (function** f = __fini_array_end; f > __fini_array_start;) ((void (*)(void)) * --f)();
}

// crt0.S calls it with the kernel's arguments. gp comes first: errno and all locks depend on it.
void tinyix_begin(int argc, char** argv, char** envp) {
  __asm__ volatile("move $28, %0" : : "r"(&first) : "memory");
  first.reent = _impure_ptr;
  environ = envp;
  if (tls_bytes() != 0) {
    first.pointer = tls_make(__tls_main);
    tinyix_thread_pointer(first.pointer);
  }
  for (function** f = __preinit_array_start; f < __preinit_array_end; ++f) (*f)(argc, argv, envp);
  if (&__fini_array_start[0] != &__fini_array_end[0]) atexit(run_destructors);
  for (function** f = __init_array_start; f < __init_array_end; ++f) (*f)(argc, argv, envp);
  exit(main(argc, argv, envp));
}

struct _reent* __getreent(void) {
  return this_thread()->reent;
}
