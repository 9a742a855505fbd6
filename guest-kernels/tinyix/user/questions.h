// What programs that question the kernel share: each question is asked in a process of its own.
#pragma once

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "workload.h"

#define EXPECT(condition)                                    \
  do {                                                       \
    if (!(condition)) {                                      \
      printf("line %d: not so: %s\n", __LINE__, #condition); \
      exit(1);                                               \
    }                                                        \
  } while (0)

// Runs `body` in a child; its wait() status.
static inline int in_child(void (*body)(void)) {
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    body();
    exit(0);
  }
  int status = -1;
  return child > 0 && wait(&status) == child ? status : -1;
}

#define DIES_OF(signal, body) EXPECT(in_child(body) == (signal))
enum { kIll = 4, kTrap = 5, kFpe = 8, kBus = 10, kSegv = 11 };

struct question {
  const char* name;
  void (*ask)(void);
};

static inline int is_asked(const char* name, int argc, char** argv) {
  for (int i = 1; i < argc; ++i)
    if (strcmp(argv[i], name) == 0) return 1;
  return argc == 1;
}

/// Asks all questions, or those that are named. Prints "PASS name" or "FAIL name" for each; the
/// number of failures.
static inline int ask(const struct question* questions, size_t count, int argc, char** argv) {
  int failures = 0;
  for (const struct question* q = questions; q < questions + count; ++q) {
    if (!is_asked(q->name, argc, argv)) continue;
    const int ok = in_child(q->ask) == 0;
    printf("%s %s\n", ok ? "PASS" : "FAIL", q->name);
    failures += !ok;
  }
  return failures;
}
