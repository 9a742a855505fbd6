// Forks children one after the other; each stores to its copy of the parent's memory and ends. The
// parent's own memory must not change.  forkstorm [forks=100] [size=64K]
#include <disco.h>
#include <sys/wait.h>
#include <unistd.h>

#include "workload.h"

static uint64_t checksum(const uint64_t* a, uint64_t words, uint64_t step) {
  uint64_t sum = 0;
  for (uint64_t i = 0; i < words; i += step) sum = sum * 31 + a[i];
  return sum;
}

// Stores to every second page, reads a word of each 64 bytes of all of them.
static int child_work(uint64_t* a, uint64_t words, uint64_t number) {
  for (uint64_t i = 0; i < words; i += 1024) a[i] = mix(a[i] + number);
  return (int)(checksum(a, words, 8) % 251);
}

int main(int argc, char** argv) {
  const uint64_t forks = argument(argc, argv, 1, 100);
  const uint64_t words = argument(argc, argv, 2, 65536) / sizeof(uint64_t);
  uint64_t* const a = allocate(words * sizeof(uint64_t) + 1);
  for (uint64_t i = 0; i < words; ++i) a[i] = mix(i);
  const uint64_t before = checksum(a, words, 1);

  mark(1);
  uint64_t sum = 0;
  for (uint64_t i = 0; i < forks; ++i) {
    const pid_t child = fork();
    if (child == 0) _exit(child_work(a, words, i));
    int status;
    if (child < 0 || wait(&status) != child || !WIFEXITED(status)) {
      printf("forkstorm: fork %" PRIu64 " failed\n", i);
      return 1;
    }
    sum = sum * 31 + (uint64_t)WEXITSTATUS(status);
  }
  mark(2);
  if (checksum(a, words, 1) != before) {
    printf("forkstorm: a child stored to its parent's memory\n");
    return 1;
  }
  printf("forkstorm: %" PRIu64 " forks, %" PRIu64 " words, checksums %016" PRIx64 " %016" PRIx64
         "\n",
         forks, words, before, sum);
  return 0;
}
