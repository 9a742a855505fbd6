// Time: nanoseconds since power-on are all that there is. The calendar begins with them, in 1970.
#include <errno.h>
#include <sched.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

#include <disco.h>

#include "system.h"

enum { kSecond = 1000000000 };

uint64_t nanoseconds(void) {
  uint64_t now = 0;
  tinyix_time(&now);
  return now;
}

int gettimeofday(struct timeval* restrict to, void* restrict zone) {
  (void)zone;
  const uint64_t now = nanoseconds();
  to->tv_sec = (time_t)(now / kSecond);
  to->tv_usec = (suseconds_t)(now % kSecond / 1000);
  return 0;
}

int clock_gettime(clockid_t clock, struct timespec* to) {
  if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC && clock != CLOCK_PROCESS_CPUTIME_ID) {
    errno = EINVAL;
    return -1;
  }
  const uint64_t now = nanoseconds();
  to->tv_sec = (time_t)(now / kSecond);
  to->tv_nsec = (long)(now % kSecond);
  return 0;
}

int clock_getres(clockid_t clock, struct timespec* to) {
  struct timespec now;
  if (clock_gettime(clock, &now) != 0) return -1;
  if (to) *to = (struct timespec){.tv_sec = 0, .tv_nsec = 1};
  return 0;
}

// The kernel does not count what processes use: it is the time since power-on, all of it the
// program's own.
clock_t times(struct tms* to) {
  const clock_t now = (clock_t)(nanoseconds() / (kSecond / CLOCKS_PER_SEC));
  *to = (struct tms){.tms_utime = now};
  return now;
}

// Others run meanwhile; a processor without others waits.
int nanosleep(const struct timespec* wanted, struct timespec* rest) {
  if (wanted->tv_sec < 0 || wanted->tv_nsec < 0 || wanted->tv_nsec >= kSecond) {
    errno = EINVAL;
    return -1;
  }
  const uint64_t end =
      nanoseconds() + (uint64_t)wanted->tv_sec * kSecond + (uint64_t)wanted->tv_nsec;
  while (nanoseconds() < end) sched_yield();
  if (rest) *rest = (struct timespec){0, 0};
  return 0;
}

unsigned sleep(unsigned seconds) {
  const struct timespec wanted = {.tv_sec = (time_t)seconds, .tv_nsec = 0};
  nanosleep(&wanted, NULL);
  return 0;
}

int usleep(useconds_t microseconds) {
  const struct timespec wanted = {.tv_sec = (time_t)(microseconds / 1000000),
                                  .tv_nsec = (long)(microseconds % 1000000) * 1000};
  return nanosleep(&wanted, NULL);
}
