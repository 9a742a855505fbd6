// Files whose content follows from their name: written by several processes at once, or read again
// after a reboot or a power cut.
//   fsload write PROCESSES FILES     writes FILES files of each process; says "durable P N" after
//   the fsync of its file N fsload verify PROCESSES FILES    every file that is there must be
//   right; says which, and writes one more of each process;
//                                    exit code 1 if one is not right
//   fsload expect PROCESSES FILES    as verify, and all must be there
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "workload.h"

enum { kPart = 1000 };

static void name_of(char* path, size_t size, uint64_t process, uint64_t file) {
  snprintf(path, size, "/load/p%" PRIu64 "-f%" PRIu64, process, file);
}
static uint64_t size_of(uint64_t process, uint64_t file) {
  return 1 + mix(process * 1000 + file) % 40000;
}
static uint8_t byte_of(uint64_t process, uint64_t file, uint64_t at) {
  return (uint8_t)(mix(process << 40 | file << 24 | at >> 3) >> (at & 7));
}

static void fill(uint8_t* part, uint64_t process, uint64_t file, uint64_t from, size_t n) {
  for (size_t i = 0; i < n; ++i) part[i] = byte_of(process, file, from + i);
}

static int write_file(uint64_t process, uint64_t file) {
  char path[40];
  uint8_t part[kPart];
  name_of(path, sizeof path, process, file);
  const int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY);
  if (fd < 0) return 0;
  const uint64_t size = size_of(process, file);
  for (uint64_t at = 0; at < size; at += kPart) {
    const size_t n = size - at < kPart ? (size_t)(size - at) : kPart;
    fill(part, process, file, at, n);
    if (write(fd, part, n) != (ssize_t)n) return 0;
  }
  if (fsync(fd) != 0 || close(fd) != 0) return 0;
  printf("durable %" PRIu64 " %" PRIu64 "\n", process, file);
  return 1;
}

// 1 right, 0 wrong, -1 not there.
static int is_right(uint64_t process, uint64_t file, uint64_t* sum) {
  char path[40];
  uint8_t is[kPart], expected[kPart];
  name_of(path, sizeof path, process, file);
  const int fd = open(path, O_RDONLY);
  if (fd < 0) return -1;
  const uint64_t size = size_of(process, file);
  int right = 1;
  for (uint64_t at = 0; at < size && right; at += kPart) {
    const size_t n = size - at < kPart ? (size_t)(size - at) : kPart;
    fill(expected, process, file, at, n);
    right = read(fd, is, n) == (ssize_t)n && memcmp(is, expected, n) == 0;
    for (size_t i = 0; i < n; ++i) *sum = *sum * 31 + is[i];
  }
  right = right && read(fd, is, 1) == 0;
  close(fd);
  return right;
}

static int verify(uint64_t processes, uint64_t files, int all) {
  uint64_t sum = 0, there = 0;
  int failures = 0;
  for (uint64_t p = 0; p < processes; ++p)
    for (uint64_t f = 0; f < files; ++f) {
      const int right = is_right(p, f, &sum);
      if (right == 1) ++there;
      if (right == 1) printf("right %" PRIu64 " %" PRIu64 "\n", p, f);
      if (right == 0 || (all && right < 0)) {
        printf("%s %" PRIu64 " %" PRIu64 "\n", right ? "missing" : "wrong", p, f);
        ++failures;
      }
    }
  printf("fsload: %" PRIu64 " files, checksum %016" PRIx64 "\n", there, sum);
  return failures;
}

// After a power cut work goes on: what was left must be a sound beginning.
static int go_on(uint64_t processes, uint64_t files) {
  mkdir("/load", 0);  // if it is not there yet
  for (uint64_t p = 0; p < processes; ++p)
    if (!write_file(p, files)) return 0;
  return 1;
}

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const uint64_t processes = argument(argc, argv, 2, 1), files = argument(argc, argv, 3, 1);
  if (strcmp(argv[1], "expect") == 0) return verify(processes, files, 1) != 0;
  if (strcmp(argv[1], "verify") == 0) {
    const int failures = verify(processes, files, 0);
    return go_on(processes, files) ? failures != 0 : 2;
  }
  if (mkdir("/load", 0) != 0) return 3;
  for (uint64_t p = 0; p < processes; ++p) {
    if (fork() != 0) continue;
    for (uint64_t f = 0; f < files; ++f)
      if (!write_file(p, f)) exit(1);
    exit(0);
  }
  int failures = 0;
  for (uint64_t p = 0; p < processes; ++p) {
    int status;
    failures += wait(&status) < 0 || status != 0;
  }
  return failures;
}
