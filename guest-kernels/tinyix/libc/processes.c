// Processes, POSIX's manners over the kernel's.
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "system.h"

pid_t fork(void) { return (pid_t)tinyix_answer(tinyix_fork()); }
pid_t vfork(void) { return fork(); }
pid_t getpid(void) { return (pid_t)tinyix_getpid(); }
int sched_yield(void) { return (int)tinyix_answer(tinyix_yield()); }

pid_t wait(int* status) { return (pid_t)tinyix_answer(tinyix_wait(status, -1, 0)); }
pid_t waitpid(pid_t pid, int* status, int options) {
  if ((options & ~WNOHANG) == 0 && (pid > 0 || pid == -1))
    return (pid_t)tinyix_answer(tinyix_wait(status, pid, options & WNOHANG ? 1 : 0));
  errno = EINVAL;
  return -1;
}

int execve(const char* path, char* const argv[], char* const envp[]) {
  return (int)tinyix_answer(tinyix_exec(path, argv, envp));
}
int execv(const char* path, char* const argv[]) { return execve(path, argv, environ); }

// A name without a slash is one in the directories of PATH, or in /bin.
int execvp(const char* name, char* const argv[]) {
  const char* directories = getenv("PATH");
  char path[128];
  if (strchr(name, '/')) return execv(name, argv);
  if (!directories) directories = "/bin";
  errno = ENOENT;
  for (const char* from = directories; *from;) {
    const size_t length = strcspn(from, ":");
    if (length + 1 + strlen(name) < sizeof path) {
      memcpy(path, from, length);
      path[length] = '/';
      strcpy(path + length + 1, name);
      execv(path, argv);
      if (errno != ENOENT) return -1;
    }
    from += length + (from[length] == ':');
  }
  return -1;
}

enum { kMostArguments = 64 };

// The arguments up to the null; `*rest` then has what follows it.
static int collect(char* argv[], const char* first, va_list* rest) {
  int count = 0;
  for (const char* next = first; next; next = va_arg(*rest, const char*)) {
    if (count == kMostArguments) {
      errno = E2BIG;
      return 0;
    }
    argv[count++] = (char*)(uintptr_t)next;
  }
  argv[count] = NULL;
  return 1;
}

int execl(const char* path, const char* first, ...) {
  char* argv[kMostArguments + 1];
  va_list rest;
  va_start(rest, first);
  const int ok = collect(argv, first, &rest);
  va_end(rest);
  return ok ? execv(path, argv) : -1;
}

int execlp(const char* name, const char* first, ...) {
  char* argv[kMostArguments + 1];
  va_list rest;
  va_start(rest, first);
  const int ok = collect(argv, first, &rest);
  va_end(rest);
  return ok ? execvp(name, argv) : -1;
}
