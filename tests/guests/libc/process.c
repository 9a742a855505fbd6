// What a process has from its start to its end: constructors in order, environment, atexit,
// signals, jumps, memory, time.
#include <assert.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EXPECT(c) ((c) ? (void)0 : (printf("line %d: not so: %s\n", __LINE__, #c), exit(1)))
static char order[40];
static void note(const char* s) { strcat(order, s); }
__attribute__((constructor(300))) static void third(void) { note("3"); }
__attribute__((constructor(200))) static void second(void) { note("2"); }
__attribute__((constructor(101))) static void before(void) { note("1"); }
__attribute__((constructor)) static void last(void) { note("last"); }
__attribute__((destructor)) static void after(void) { printf("destructor\n"); }
static void at_end_1(void) { printf("atexit 1\n"); }
static void at_end_2(void) { printf("atexit 2\n"); }

static volatile int handled;
static void handler(int number) { handled = handled * 100 + number; }

static jmp_buf place;
static double deep(int n, double x) {
  if (n == 0) longjmp(place, 7);
  return deep(n - 1, x * 1.5) + x;
}

static void jumps(void) {
  volatile double kept = 1.25;
  const int came = setjmp(place);
  if (came == 0) deep(20, 1.0);
  printf("jump %d %g\n", came, kept);
}

static void memory(void) {
  unsigned char* blocks[64] = {0};
  size_t sizes[64] = {0};
  uint32_t x = 12345;
  for (int i = 0; i < 4000; ++i) {
    x = x * 1664525 + 1013904223;
    const int k = (int)(x >> 26);
    const size_t size = (x >> 8) % 5000;
    for (size_t j = 0; blocks[k] && j < sizes[k]; ++j)
      EXPECT(blocks[k][j] == (unsigned char)(k + j));
    if (i % 3 == 0 && blocks[k]) {
      unsigned char* const p = realloc(blocks[k], size + 1);
      EXPECT(p);
      for (size_t j = 0; j < sizes[k] && j < size; ++j) EXPECT(p[j] == (unsigned char)(k + j));
      blocks[k] = p;
    } else {
      free(blocks[k]);
      blocks[k] = calloc(size + 1, 1);
      EXPECT(blocks[k] && ((uintptr_t)blocks[k] & 7) == 0);
      for (size_t j = 0; j <= size; ++j) EXPECT(blocks[k][j] == 0);
    }
    sizes[k] = size;
    for (size_t j = 0; j < size; ++j) blocks[k][j] = (unsigned char)(k + j);
  }
  EXPECT(malloc(SIZE_MAX / 2 - 100) == NULL && errno == ENOMEM);
  EXPECT(calloc(SIZE_MAX / 4, 8) == NULL);
  const volatile size_t wraps = SIZE_MAX / 16 + 2;  // times 16 it is 16
  EXPECT(calloc(wraps, 16) == NULL && errno == ENOMEM);
  void* aligned = NULL;
  EXPECT((aligned = aligned_alloc(256, 1024)) && (uintptr_t)aligned % 256 == 0);
}

static void signals(void) {
  EXPECT(signal(SIGUSR1, handler) == SIG_DFL && raise(SIGUSR1) == 0 && handled == SIGUSR1);
  EXPECT(signal(SIGUSR1, SIG_IGN) == handler && raise(SIGUSR1) == 0 && handled == SIGUSR1);
  struct sigaction action = {.sa_handler = handler}, was;
  sigset_t set;
  EXPECT(sigaction(SIGTERM, &action, &was) == 0 && was.sa_handler == SIG_DFL);
  handled = 0;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  EXPECT(sigprocmask(SIG_BLOCK, &set, NULL) == 0 && kill(getpid(), SIGTERM) == 0 && handled == 0);
  EXPECT(sigprocmask(SIG_UNBLOCK, &set, NULL) == 0 && handled == SIGTERM);
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) abort();
  int status;
  EXPECT(waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
  const pid_t sleeper = fork();
  if (sleeper == 0)
    for (;;) sleep(1);
  EXPECT(waitpid(sleeper, &status, WNOHANG) == 0 && kill(sleeper, 0) == 0 &&
         kill(sleeper, SIGKILL) == 0);
  EXPECT(waitpid(sleeper, &status, 0) == sleeper && WTERMSIG(status) == SIGKILL);
  EXPECT(kill(sleeper, SIGKILL) == -1 && errno == ESRCH && waitpid(sleeper, &status, 0) == -1 &&
         errno == ECHILD);
  printf("signals\n");
}

static void times_go_on(void) {
  struct timespec a, b, wanted = {0, 2000000};
  struct timeval v;
  EXPECT(clock_gettime(CLOCK_MONOTONIC, &a) == 0 && nanosleep(&wanted, NULL) == 0 &&
         clock_gettime(CLOCK_MONOTONIC, &b) == 0);
  EXPECT((b.tv_sec - a.tv_sec) * 1000000000LL + (b.tv_nsec - a.tv_nsec) >= 2000000);
  EXPECT(gettimeofday(&v, NULL) == 0 && v.tv_usec >= 0 && v.tv_usec < 1000000 &&
         time(NULL) != (time_t)-1);
  const clock_t began = clock();
  for (volatile int i = 0; i < 300000; ++i) continue;
  EXPECT(clock() >= began && clock() != (clock_t)-1);
}

int main(int argc, char** argv, char** envp) {
  printf("order %s\n", order);
  EXPECT(argv[argc] == NULL && envp == environ);
  for (int i = 1; i < argc; ++i) printf("argument [%s]\n", argv[i]);
  printf("environment %s %s\n", getenv("NAME") ? getenv("NAME") : "-",
         getenv("NONE") ? getenv("NONE") : "-");
  EXPECT(setenv("NAME", "other", 0) == 0 && setenv("NEW", "1", 1) == 0 && unsetenv("NEW") == 0 &&
         !getenv("NEW"));
  EXPECT(putenv("PUT=2") == 0 && strcmp(getenv("PUT"), "2") == 0);
  atexit(at_end_1);
  atexit(at_end_2);
  jumps();
  memory();
  signals();
  times_go_on();
  EXPECT(strcmp(strerror(ENOENT), "No such file or directory") == 0);
  fflush(stdout);
  if (fork() == 0) assert(argc == 99);
  int status;
  EXPECT(wait(&status) > 0 && WTERMSIG(status) == SIGABRT);
  printf("end\n");
  return 3;
}
