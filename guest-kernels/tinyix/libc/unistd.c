// POSIX's manners over the kernel's: -1 and errno instead of a negative number.
#include <unistd.h>

#include <disco.h>
#include <errno.h>
#include <sched.h>
#include <sys/wait.h>

long tinyix_fork(void);
long tinyix_exec(const char* path, char* const argv[]);
long tinyix_wait(int* status);
long tinyix_read(int descriptor, void* to, size_t n);
long tinyix_write(int descriptor, const void* from, size_t n);
long tinyix_close(int descriptor);
long tinyix_pipe(int descriptors[2]);
long tinyix_sbrk(intptr_t by);
long tinyix_getpid(void);
long tinyix_yield(void);
long tinyix_time(uint64_t* now);

int errno;

static long answer(long result) {
  if (result >= 0) return result;
  errno = (int)-result;
  return -1;
}

pid_t fork(void) { return (pid_t)answer(tinyix_fork()); }
int execv(const char* path, char* const argv[]) { return (int)answer(tinyix_exec(path, argv)); }
pid_t wait(int* status) { return (pid_t)answer(tinyix_wait(status)); }
ssize_t read(int descriptor, void* to, size_t n) { return answer(tinyix_read(descriptor, to, n)); }
ssize_t write(int descriptor, const void* from, size_t n) {
  return answer(tinyix_write(descriptor, from, n));
}
int close(int descriptor) { return (int)answer(tinyix_close(descriptor)); }
int pipe(int descriptors[2]) { return (int)answer(tinyix_pipe(descriptors)); }
void* sbrk(intptr_t by) { return (void*)answer(tinyix_sbrk(by)); }
pid_t getpid(void) { return (pid_t)tinyix_getpid(); }
int sched_yield(void) { return (int)answer(tinyix_yield()); }

uint64_t nanoseconds(void) {
  uint64_t now = 0;
  tinyix_time(&now);
  return now;
}
