// Two processes wake each other in turn through pipes, each touching all pages of its own memory
// when it is awake: context switches and address spaces.  pingpong [size=64K] [rounds=100]
#include <disco.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "workload.h"

enum { kPage = 4096 };

static void fail(const char* what) {
  printf("pingpong: %s failed\n", what);
  exit(1);
}

static void send(int to, const void* bytes, size_t n) {
  if (write(to, bytes, n) != (ssize_t)n) fail("write");
}

static void receive(int from, void* bytes, size_t n) {
  if (read(from, bytes, n) != (ssize_t)n) fail("read");
}

// Every page's first word; what is added depends on the round.
static uint64_t touch(char* memory, uint64_t size, uint64_t round) {
  uint64_t sum = 0;
  for (uint64_t at = 0; at < size; at += kPage) {
    uint64_t* const word = (uint64_t*)(void*)(memory + at);
    *word += mix(round + at);
    sum += *word;
  }
  return sum;
}

static void echo(int from, int to, char* memory, uint64_t size, uint64_t rounds) {
  uint64_t sum = 0;
  for (uint64_t i = 0; i < rounds; ++i) {
    char ball;
    receive(from, &ball, 1);
    sum = sum * 31 + touch(memory, size, 2 * i + 1);
    send(to, &ball, 1);
  }
  send(to, &sum, sizeof sum);
}

int main(int argc, char** argv) {
  const uint64_t size = argument(argc, argv, 1, 65536), rounds = argument(argc, argv, 2, 100);
  char* const memory = allocate(size + kPage);
  memset(memory, 0, size);
  int there[2], back[2];
  if (pipe(there) != 0 || pipe(back) != 0) fail("pipe");

  const pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    echo(there[0], back[1], memory, size, rounds);
    exit(0);
  }
  uint64_t sum = touch(memory, size, 0), other;
  mark(1);
  for (uint64_t i = 0; i < rounds; ++i) {
    char ball = (char)i;
    send(there[1], &ball, 1);
    receive(back[0], &ball, 1);
    sum = sum * 31 + touch(memory, size, 2 * i);
  }
  mark(2);
  receive(back[0], &other, sizeof other);
  int status;
  if (wait(&status) != child || status != 0) fail("wait");
  printf("pingpong: %" PRIu64 " bytes, %" PRIu64 " rounds, checksums %016" PRIx64 " %016" PRIx64
         "\n",
         size, rounds, sum, other);
  return 0;
}
