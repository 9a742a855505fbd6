// How threads begin, whatever their kind: one block of memory has the stack, the description and
// the thread-local variables.
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "system.h"

enum { kBelowTop = 64 };  // o32 callees may store their arguments above sp

struct block {
  struct tinyix_thread thread;
  struct _reent reent;
};

void tinyix_thread_main(struct tinyix_thread* thread) __attribute__((noreturn));

static char* aligned(char* at, size_t to) { return (char*)(((uintptr_t)at + to - 1) & ~(to - 1)); }

struct tinyix_thread* thread_make(size_t stack_bytes, char** stack_top) {
  const size_t alignment = tls_alignment() > 16 ? tls_alignment() : 16;
  char* const memory = malloc(stack_bytes + sizeof(struct block) + tls_bytes() + 2 * alignment);
  if (!memory) {
    errno = ENOMEM;
    return NULL;
  }
  struct block* const block = (struct block*)(void*)aligned(memory + stack_bytes, 16);
  block->thread = (struct tinyix_thread){.reent = &block->reent, .block = memory};
  _REENT_INIT_PTR(&block->reent);
  if (tls_bytes() != 0) block->thread.pointer = tls_make(aligned((char*)(block + 1), alignment));
  *stack_top = (char*)block - kBelowTop;
  return &block->thread;
}

long thread_begin(struct tinyix_thread* thread, char* stack_top, long kind) {
  return tinyix_thread(tinyix_thread_entry, thread, stack_top, kind);
}

void thread_free(struct tinyix_thread* thread) { free(thread->block); }

// On the new thread, from syscalls.S.
void tinyix_thread_main(struct tinyix_thread* thread) {
  if (thread->pointer) tinyix_thread_pointer(thread->pointer);
  thread->body(thread->argument);
  _exit(0);  // threads of <pthread.h> do not return
}
