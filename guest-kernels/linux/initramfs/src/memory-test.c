/*
 * Virtual memory as a program sees it: mappings, copy on write after fork, sharing, protection.
 * Every check compares with what POSIX promises; the exit code is 1 at the first wrong answer.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned checks;

static void expect(int holds, const char* what, int line) {
  ++checks;
  if (holds) return;
  printf("memory-test.c:%d: %s\n", line, what);
  exit(1);
}
#define EXPECT(condition) expect(condition, #condition, __LINE__)

enum { kPages = 96, kChildren = 8 };
static size_t page;

static uint32_t* anonymous(size_t pages, int sharing) {
  void* at = mmap(NULL, pages * page, PROT_READ | PROT_WRITE, sharing | MAP_ANONYMOUS, -1, 0);
  EXPECT(at != MAP_FAILED);
  return at;
}

static uint32_t pattern(size_t at, unsigned who) {
  return (uint32_t)(at * 2654435761u) ^ (who << 24);
}

static void fill(uint32_t* at, size_t words, unsigned who) {
  for (size_t i = 0; i < words; ++i) at[i] = pattern(i, who);
}

static int holds(const uint32_t* at, size_t words, unsigned who) {
  for (size_t i = 0; i < words; ++i) {
    if (at[i] != pattern(i, who)) return 0;
  }
  return 1;
}

/* Of one child, or of any with -1. */
static int exit_code_of(pid_t child) {
  int status = -1;
  const pid_t ended = waitpid(child, &status, 0);
  EXPECT(ended > 0 && (child == -1 || ended == child));
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void test_anonymous(void) {
  const size_t words = kPages * page / sizeof(uint32_t);
  uint32_t* at = anonymous(kPages, MAP_PRIVATE);
  for (size_t i = 0; i < words; ++i) EXPECT(at[i] == 0);
  fill(at, words, 1);
  EXPECT(holds(at, words, 1));
  /* A hole in the middle: what is around it stays, what comes back is zero. */
  uint32_t* hole = at + words / 2;
  EXPECT(munmap(hole, page) == 0);
  EXPECT(mmap(hole, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
         hole);
  EXPECT(hole[0] == 0 && hole[-1] == pattern(words / 2 - 1, 1));
  uint32_t* larger = mremap(at, kPages * page, 2 * kPages * page, MREMAP_MAYMOVE);
  EXPECT(larger != MAP_FAILED && holds(larger, words / 2, 1) && larger[words] == 0);
  EXPECT(munmap(larger, 2 * kPages * page) == 0);
}

/* Each child sees the parent's pages, changes its own copy, and nobody sees another's. */
static void test_copy_on_write(void) {
  const size_t words = kPages * page / sizeof(uint32_t);
  uint32_t* at = anonymous(kPages, MAP_PRIVATE);
  fill(at, words, 2);
  pid_t children[kChildren];
  for (unsigned child = 0; child < kChildren; ++child) {
    children[child] = fork();
    EXPECT(children[child] >= 0);
    if (children[child] != 0) continue;
    if (!holds(at, words, 2)) _exit(1);
    fill(at, words, 100 + child);
    if (!holds(at, words, 100 + child)) _exit(2);
    pid_t grandchild = fork();
    if (grandchild == 0) {
      fill(at, words / 2, 200);
      _exit(holds(at, words / 2, 200) && at[words - 1] == pattern(words - 1, 100 + child) ? 0 : 3);
    }
    if (exit_code_of(grandchild) != 0) _exit(3);
    _exit(holds(at, words, 100 + child) ? 0 : 4);
  }
  for (size_t i = 0; i < words; i += page / sizeof(uint32_t)) at[i] = pattern(i, 3);
  for (unsigned child = 0; child < kChildren; ++child) EXPECT(exit_code_of(children[child]) == 0);
  for (size_t i = 0; i < words; ++i)
    EXPECT(at[i] == pattern(i, i % (page / sizeof(uint32_t)) == 0 ? 3 : 2));
  EXPECT(munmap(at, kPages * page) == 0);
}

static void test_shared(void) {
  uint32_t* at = anonymous(2, MAP_SHARED);
  for (unsigned child = 0; child < kChildren; ++child) {
    const pid_t pid = fork();
    if (pid == 0) {
      for (int i = 0; i < 1000; ++i) __atomic_fetch_add(&at[0], 1, __ATOMIC_SEQ_CST);
      at[1 + child] = child;
      _exit(0);
    }
    EXPECT(pid > 0);
  }
  for (unsigned child = 0; child < kChildren; ++child) EXPECT(exit_code_of(-1) == 0);
  EXPECT(at[0] == 1000 * kChildren);
  for (unsigned child = 0; child < kChildren; ++child) EXPECT(at[1 + child] == child);
  EXPECT(munmap(at, 2 * page) == 0);
}

static void test_file(void) {
  const char* name = "/tmp/memory-test";
  const int file = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
  EXPECT(file >= 0 && ftruncate(file, (off_t)(4 * page)) == 0);
  char* shared = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  char* private = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
  EXPECT(shared != MAP_FAILED && private != MAP_FAILED);
  strcpy(shared + 3 * page - 4, "across a page");
  EXPECT(strcmp(private + 3 * page - 4, "across a page") == 0);
  char text[16] = "";
  EXPECT(pread(file, text, 14, (off_t)(3 * page - 4)) == 14 && strcmp(text, "across a page") == 0);
  private[page] = 'p';
  EXPECT(shared[page] == 0 && pread(file, text, 1, (off_t)page) == 1 && text[0] == 0);
  EXPECT(pwrite(file, "w", 1, 0) == 1 && shared[0] == 'w' && private[0] == 'w');
  EXPECT(munmap(shared, 4 * page) == 0 && munmap(private, 4 * page) == 0);
  EXPECT(close(file) == 0 && unlink(name) == 0);
}

static sigjmp_buf back;
static volatile uintptr_t fault_address;

static void on_fault(int signal, siginfo_t* info, void* context) {
  (void)context;
  fault_address = (uintptr_t)info->si_addr;
  siglongjmp(back, signal);
}

static int signal_of_store(volatile char* at) {
  const int signal = sigsetjmp(back, 1);
  if (signal == 0) *at = 1;
  return signal;
}

static void test_protection(void) {
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
  EXPECT(sigaction(SIGSEGV, &action, NULL) == 0 && sigaction(SIGBUS, &action, NULL) == 0);
  char* at = (char*)anonymous(3, MAP_PRIVATE);
  at[page] = 'x';
  EXPECT(signal_of_store(at + page) == 0);
  EXPECT(mprotect(at + page, page, PROT_READ) == 0);
  for (int i = 0; i < 50; ++i) {
    fault_address = 0;
    EXPECT(signal_of_store(at + page + 8) == SIGSEGV &&
           fault_address == (uintptr_t)(at + page + 8));
  }
  EXPECT(at[page] == 1 && at[page + 8] == 0 && signal_of_store(at) == 0 &&
         signal_of_store(at + 2 * page) == 0);
  EXPECT(mprotect(at + page, page, PROT_READ | PROT_WRITE) == 0 &&
         signal_of_store(at + page + 8) == 0);
  EXPECT(munmap(at, 3 * page) == 0 && signal_of_store(at) == SIGSEGV);
  EXPECT(signal_of_store((char*)16) == SIGSEGV);
  EXPECT(signal_of_store((char*)(uintptr_t)0x80001000u) != 0); /* the kernel's */
}

int main(void) {
  page = (size_t)sysconf(_SC_PAGESIZE);
  test_anonymous();
  test_copy_on_write();
  test_shared();
  test_file();
  test_protection();
  printf("%u checks with pages of %zu bytes\n", checks, page);
  return 0;
}
