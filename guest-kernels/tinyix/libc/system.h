// Between the files of the system-call layer.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/lock.h>
#include <sys/reent.h>

#include "../abi/tinyix.h"

enum { kKeys = 32 };

/// What the library knows of a thread. Register gp points at it from the thread's first instruction
/// on (crt0.S, threads.S).
struct tinyix_thread {
  struct _reent* reent;
  char* pointer;  // what `rdhwr $29` answers: thread-local variables lie around it
  void* (*body)(void*);
  void* argument;
  void* (*begin)(void*);  // of <pthread.h>
  void* begin_argument;
  void* result;
  volatile uint32_t state;  // a futex: enum thread_state
  struct tinyix_thread* next_detached;
  void* block;  // of malloc: stack, this, thread-local variables
  const void* values[kKeys];
};
enum thread_state { kJoinable, kDetached, kEnded };

static inline struct tinyix_thread* this_thread(void) {
  struct tinyix_thread* thread;
  __asm__("move %0, $28" : "=r"(thread));
  return thread;
}

int _rename(const char* from, const char* to);

/// The kernel's result as POSIX has it: -1 and errno instead of a negative number.
long tinyix_answer(long result);

// System calls (syscalls.S): what the kernel returned.
long tinyix_fork(void);
long tinyix_exec(const char* path, char* const argv[], char* const envp[]);
long tinyix_wait(int* status, long pid, long options);
long tinyix_read(int descriptor, void* to, size_t n);
long tinyix_write(int descriptor, const void* from, size_t n);
long tinyix_close(int descriptor);
long tinyix_pipe(int descriptors[2]);
long tinyix_sbrk(intptr_t by);
long tinyix_getpid(void);
long tinyix_yield(void);
long tinyix_time(uint64_t* now);
long tinyix_thread(void (*entry)(void), void* argument, void* stack, long kind);
long tinyix_processors(void);
long tinyix_where(const void* p);
long tinyix_open(const char* path, int flags);
long tinyix_unlink(const char* path);
long tinyix_fsync(int descriptor);
long tinyix_sync(void);
long tinyix_fstat(int descriptor, uint64_t status[4]);
long tinyix_lseek(int descriptor, long offset, int whence);
long tinyix_dup2(int from, int to);
long tinyix_thread_pointer(void* pointer);
long tinyix_futex_wait(volatile uint32_t* word, uint32_t expected);
long tinyix_futex_wake(volatile uint32_t* word);
long tinyix_terminal(int descriptor, unsigned long change, unsigned long mode);
long tinyix_rename(const char* from, const char* to);
long tinyix_kill(long pid, int signal);

/// Marks the word kEnded, wakes who sleeps on it and ends the thread, without touching its stack.
void tinyix_thread_leave(volatile uint32_t* word) __attribute__((noreturn));
/// Where threads begin: a0 = their struct tinyix_thread.
void tinyix_thread_entry(void);

/// A description with room for a stack of `stack_bytes`, and the stack's top; null and errno if
/// there is no memory. To be started, or freed with thread_free().
struct tinyix_thread* thread_make(size_t stack_bytes, char** stack_top);
/// Starts it at tinyix_thread_main(). Its kernel's number, or a negative error.
long thread_begin(struct tinyix_thread* thread, char* stack_top, long kind);
void thread_free(struct tinyix_thread* thread);

/// Copies the thread-local variables' first values to `at`, which is aligned and of
/// tls_bytes(). The thread pointer that belongs to them.
char* tls_make(char* at);
size_t tls_bytes(void);
size_t tls_alignment(void);

/// Of mutexes and the library's locks: `word` is 0 free, 1 held, 2 held and somebody sleeps.
void word_lock(volatile uint32_t* word);
int word_try_lock(volatile uint32_t* word);
void word_unlock(volatile uint32_t* word);
