// Processes that compute in floating point at the same time, each in its own rounding of the same
// sums: their registers must be their own.  floats [processes=4] [steps=20000]
#include <disco.h>
#include <math.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "workload.h"

struct result {
  double sum, root, orbit;
  float single;
};

static void fail(const char* what) {
  printf("floats: %s failed\n", what);
  exit(1);
}

// Everything lives in registers for the whole loop, across time slices and yields.
static struct result compute(uint64_t number, uint64_t steps) {
  struct result r = {.orbit = 0.1 + (double)number / 1000, .single = (float)number};
  for (uint64_t i = 1; i <= steps; ++i) {
    const double term = 1.0 / ((double)i * (double)i + (double)number);
    r.sum += term;
    r.root += sqrt(term);
    r.orbit = 3.9 * r.orbit * (1.0 - r.orbit);
    r.single = r.single * 0.5f + (float)r.orbit;
    if (i % 512 == number) sched_yield();
  }
  return r;
}

static void show(uint64_t number, struct result r) {
  printf("%" PRIu64 ": %.17g %.17g %.17g %.9g  %8.3f %e %g\n", number, r.sum, r.root, r.orbit,
         (double)r.single, r.root, r.sum, floor(r.root) - 0.5);
}

int main(int argc, char** argv) {
  const uint64_t processes = argument(argc, argv, 1, 4), steps = argument(argc, argv, 2, 20000);
  enum { kMost = 16 };
  if (processes < 1 || processes > kMost) fail("1 to 16 processes: the argument");
  int results[kMost];
  mark(1);
  for (uint64_t n = 1; n < processes; ++n) {
    int ends[2];
    if (pipe(ends) != 0) fail("pipe");
    const pid_t child = fork();
    if (child < 0) fail("fork");
    if (child == 0) {
      const struct result r = compute(n, steps);
      exit(write(ends[1], &r, sizeof r) == sizeof r ? 0 : 1);
    }
    close(ends[1]);
    results[n] = ends[0];
  }
  const struct result own = compute(0, steps);
  mark(2);
  show(0, own);
  for (uint64_t n = 1; n < processes; ++n) {
    struct result r;
    if (read(results[n], &r, sizeof r) != sizeof r) fail("read");
    show(n, r);
  }
  for (uint64_t n = 1; n < processes; ++n) {
    int status;
    if (wait(&status) < 0 || status != 0) fail("wait");
  }
  return 0;
}
