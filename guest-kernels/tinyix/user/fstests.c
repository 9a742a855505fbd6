// What if ...? Questions about files, each in a process of its own, on a disk with an empty file
// system.  fstests [name ...] Prints "PASS name" or "FAIL name" and the line; the exit status is
// the number of failures.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "questions.h"

enum { kBlock = 4096, kPieces = 5 };

long tinyix_fstat(int descriptor, uint64_t* status);  // answers the kernel's error number

static uint8_t pattern(uint64_t seed, uint64_t at) {
  return (uint8_t)mix(seed * 1000003 + at / 8) ^ (uint8_t)(at * 7);
}

static void write_pattern(int fd, uint64_t seed, uint64_t from, uint64_t to) {
  uint8_t part[700];
  for (uint64_t at = from; at < to;) {
    const size_t n = to - at < sizeof part ? (size_t)(to - at) : sizeof part;
    for (size_t i = 0; i < n; ++i) part[i] = pattern(seed, at + i);
    EXPECT(write(fd, part, n) == (ssize_t)n);
    at += n;
  }
}

static void expect_pattern(int fd, uint64_t seed, uint64_t from, uint64_t to) {
  uint8_t part[901];
  for (uint64_t at = from; at < to;) {
    const size_t n = to - at < sizeof part ? (size_t)(to - at) : sizeof part;
    EXPECT(read(fd, part, n) == (ssize_t)n);
    for (size_t i = 0; i < n; ++i) EXPECT(part[i] == pattern(seed, at + i));
    at += n;
  }
}

static int opened(const char* path, int flags) {
  const int fd = open(path, flags);
  EXPECT(fd >= 0);
  return fd;
}

static void make_file(const char* path, uint64_t seed, uint64_t bytes) {
  const int fd = opened(path, O_CREAT | O_TRUNC | O_WRONLY);
  write_pattern(fd, seed, 0, bytes);
  EXPECT(close(fd) == 0);
}

static void expect_file(const char* path, uint64_t seed, uint64_t bytes) {
  char more;
  const int fd = opened(path, O_RDONLY);
  struct stat status;
  EXPECT(fstat(fd, &status) == 0 && status.st_size == (off_t)bytes && S_ISREG(status.st_mode) &&
         status.st_nlink == 1);
  expect_pattern(fd, seed, 0, bytes);
  EXPECT(read(fd, &more, 1) == 0 && close(fd) == 0);
}

// Names in a directory.
static int entries(const char* path) {
  DIR* const directory = opendir(path);
  int count = 0;
  EXPECT(directory);
  while (readdir(directory)) ++count;
  EXPECT(closedir(directory) == 0);
  return count;
}

static void files_keep_what_is_written(void) {
  const uint64_t sizes[] = {0, 1, 4095, 4096, 4097, 100000, 400000};
  for (int i = 0; i < 7; ++i) {
    char path[] = "/kept0";
    path[5] = (char)('0' + i);
    make_file(path, (uint64_t)i, sizes[i]);
  }
  for (int i = 0; i < 7; ++i) {
    char path[] = "kept0";
    path[4] = (char)('0' + i);
    expect_file(path, (uint64_t)i, sizes[i]);
    EXPECT(unlink(path) == 0);
  }
  EXPECT(open("/kept3", O_RDONLY) == -1 && errno == ENOENT);
}

static void seeking_appending_truncating(void) {
  int fd = opened("/places", O_CREAT | O_RDWR);
  write_pattern(fd, 1, 0, 10000);
  EXPECT(lseek(fd, 5000, SEEK_SET) == 5000);
  write_pattern(fd, 1, 5000, 6000);
  EXPECT(lseek(fd, -6000, SEEK_CUR) == 0);
  expect_pattern(fd, 1, 0, 10000);
  // A hole reads as zeros.
  EXPECT(lseek(fd, 190000, SEEK_END) == 200000 && write(fd, "x", 1) == 1);
  EXPECT(lseek(fd, 10000, SEEK_SET) == 10000);
  for (int at = 10000; at < 200000; at += 500) {
    char part[500];
    EXPECT(read(fd, part, sizeof part) == sizeof part);
    for (int i = 0; i < 500; ++i) EXPECT(part[i] == 0);
  }
  EXPECT(lseek(fd, -1, SEEK_SET) == -1 && errno == EINVAL);
  EXPECT(close(fd) == 0);
  fd = opened("/places", O_WRONLY | O_TRUNC);
  write_pattern(fd, 2, 0, 3000);
  const int other = opened("/places", O_WRONLY | O_APPEND);
  write_pattern(other, 2, 3000, 9000);
  EXPECT(close(fd) == 0 && close(other) == 0);
  expect_file("/places", 2, 9000);
  EXPECT(unlink("/places") == 0);
}

static void directories(void) {
  EXPECT(mkdir("/d", 0) == 0 && mkdir("/d/e", 0) == 0 && mkdir("/d", 0) == -1 && errno == EEXIST);
  for (int i = 0; i < 150; ++i) {
    char path[32];
    snprintf(path, sizeof path, "/d/e/file-%d", i);
    make_file(path, (uint64_t)i, 100);
  }
  EXPECT(entries("/d/e") == 150 && entries("d") == 1);
  EXPECT(unlink("/d/e") == -1 && errno == ENOTEMPTY);
  for (int i = 0; i < 150; ++i) {
    char path[32];
    snprintf(path, sizeof path, "/d//e/file-%d", i);
    expect_file(path, (uint64_t)i, 100);
    EXPECT(unlink(path) == 0);
  }
  EXPECT(unlink("/d/e") == 0 && unlink("/d") == 0 && open("/d", O_RDONLY) == -1 && errno == ENOENT);
}

static void failures(void) {
  char c = 0, name[80];
  const int fd = opened("/plain", O_CREAT | O_WRONLY);
  EXPECT(open("/plain/x", O_RDONLY) == -1 && errno == ENOENT);
  EXPECT(open("/plain/x", O_CREAT) == -1 && errno == ENOTDIR);
  EXPECT(open("/nowhere/x", O_CREAT) == -1 && errno == ENOENT);
  EXPECT(open("/", O_RDWR) == -1 && errno == EISDIR);
  EXPECT(open("/plain", O_CREAT | O_EXCL) == -1 && errno == EEXIST);
  EXPECT(open("/plain", O_RDONLY | O_DIRECTORY) == -1 && errno == ENOTDIR);
  EXPECT(unlink("/nothing") == -1 && errno == ENOENT);
  EXPECT(unlink("/") == -1 && errno == ENOENT);
  memset(name, 'n', sizeof name);
  name[sizeof name - 1] = 0;
  EXPECT(open(name, O_CREAT) == -1 && errno == ENAMETOOLONG);
  name[59] = 0;
  const int longest = open(name, O_CREAT | O_WRONLY);
  EXPECT(longest >= 0 && close(longest) == 0 && unlink(name) == 0);
  EXPECT(read(fd, &c, 1) == -1 && errno == EBADF);
  EXPECT(open((const char*)8, O_RDONLY) == -1 && errno == EFAULT);
  EXPECT(write(fd, (const char*)8, 1) == -1 && errno == EFAULT);
  EXPECT(tinyix_fstat(fd, (uint64_t*)8) == -EFAULT);
  EXPECT(fsync(0) == -1 && errno == EBADF && lseek(1, 0, SEEK_SET) == -1 && errno == ESPIPE);
  EXPECT(lseek(fd, 17 << 20, SEEK_SET) == -1 && errno == EINVAL);
  EXPECT(close(fd) == 0 && unlink("/plain") == 0);
}

// what if a file is removed while it is open? It is there until it is closed.
static void removed_while_open(void) {
  const int fd = opened("/gone", O_CREAT | O_RDWR);
  write_pattern(fd, 3, 0, 50000);
  EXPECT(unlink("/gone") == 0 && open("/gone", O_RDONLY) == -1 && errno == ENOENT);
  EXPECT(lseek(fd, 0, SEEK_SET) == 0);
  expect_pattern(fd, 3, 0, 50000);
  EXPECT(close(fd) == 0);
}

static void descriptors_are_shared(void) {
  const int fd = opened("/shared", O_CREAT | O_RDWR), copy = dup2(fd, 9);
  EXPECT(copy == 9);
  if (fork() == 0) {
    write_pattern(fd, 4, 0, 1000);
    _exit(0);
  }
  int status;
  EXPECT(wait(&status) > 0 && status == 0);
  write_pattern(copy, 4, 1000, 2000);  // goes on where the child stopped
  EXPECT(close(fd) == 0 && close(copy) == 0);
  expect_file("/shared", 4, 2000);
  EXPECT(unlink("/shared") == 0);
}

// what if the disk is full? What was there stays, and removing makes room.
static void disk_full(void) {
  char part[kBlock];
  memset(part, 1, sizeof part);
  make_file("/stays", 5, 20000);
  const int fd = opened("/huge", O_CREAT | O_WRONLY);
  uint64_t written = 0;
  ssize_t n;
  while ((n = write(fd, part, sizeof part)) == sizeof part) written += sizeof part;
  EXPECT(n == -1 && (errno == ENOSPC || errno == EFBIG) && written > 1 << 20);
  EXPECT(close(fd) == 0);
  expect_file("/stays", 5, 20000);
  EXPECT(unlink("/huge") == 0);
  make_file("/stays", 6, 60000);
  expect_file("/stays", 6, 60000);
  EXPECT(unlink("/stays") == 0);
}

// what if many processes make, fill, read and remove files at once, in one directory, some of the
// same name?
static void work_on_files(int number) {
  char own[32];
  snprintf(own, sizeof own, "/busy/own-%d", number);
  for (uint64_t round = 0; round < 6; ++round) {
    const uint64_t bytes = 500 + mix(round * 100 + (uint64_t)number) % 30000;
    make_file(own, (uint64_t)number, bytes);
    const int log = opened("/busy/log", O_CREAT | O_WRONLY | O_APPEND);
    char line[16];
    memset(line, 'a' + number, sizeof line);
    EXPECT(write(log, line, sizeof line) == sizeof line);
    if (round % 3 == 0) EXPECT(fsync(log) == 0);
    EXPECT(close(log) == 0);
    expect_file(own, (uint64_t)number, bytes);
    const int common = open("/busy/common", O_CREAT | O_WRONLY);
    EXPECT(common >= 0 && write(common, own, 4) == 4 && close(common) == 0);
    unlink("/busy/common");  // if nobody else did
    EXPECT(unlink(own) == 0);
  }
  _exit(0);
}

static void many_processes(void) {
  enum { kWorkers = 8 };
  EXPECT(mkdir("/busy", 0) == 0);
  for (int i = 0; i < kWorkers; ++i)
    if (fork() == 0) work_on_files(i);
  for (int i = 0, status; i < kWorkers; ++i) EXPECT(wait(&status) > 0 && status == 0);
  const int log = opened("/busy/log", O_RDONLY);
  char line[16];
  int lines[kWorkers] = {0};
  for (int i = 0; i < kWorkers * 6; ++i) {
    EXPECT(read(log, line, sizeof line) == sizeof line);
    for (size_t c = 1; c < sizeof line; ++c) EXPECT(line[c] == line[0]);
    ++lines[line[0] - 'a'];
  }
  for (int i = 0; i < kWorkers; ++i) EXPECT(lines[i] == 6);
  EXPECT(read(log, line, 1) == 0 && close(log) == 0);
  EXPECT(unlink("/busy/log") == 0 && entries("/busy") == 0 && unlink("/busy") == 0);
}

// what if all of them take blocks at once? Each block must be of one file.
static void take_blocks(uint64_t number) {
  enum { kBlocks = 50 };
  char path[32];
  snprintf(path, sizeof path, "/sparse-%d", (int)number);
  for (uint64_t round = 0; round < 3; ++round) {
    const int fd = opened(path, O_CREAT | O_RDWR | O_TRUNC);
    for (uint64_t i = 0; i < kBlocks; ++i) {
      const uint64_t word = mix(number * 1000 + round * 100 + i);
      EXPECT(lseek(fd, (off_t)(i * kBlock), SEEK_SET) >= 0 &&
             write(fd, &word, sizeof word) == sizeof word);
    }
    for (uint64_t i = 0; i < kBlocks; ++i) {
      uint64_t words[2] = {0, 1};
      const size_t n = i + 1 < kBlocks ? sizeof words : sizeof words[0];
      EXPECT(lseek(fd, (off_t)(i * kBlock), SEEK_SET) >= 0 && read(fd, words, n) == (ssize_t)n);
      EXPECT(words[0] == mix(number * 1000 + round * 100 + i) && (n == 8 || words[1] == 0));
    }
    EXPECT(close(fd) == 0);
  }
  EXPECT(unlink(path) == 0);
  _exit(0);
}

static void blocks_belong_to_one_file(void) {
  enum { kWorkers = 8 };
  for (uint64_t i = 0; i < kWorkers; ++i)
    if (fork() == 0) take_blocks(i);
  for (int i = 0, status; i < kWorkers; ++i) EXPECT(wait(&status) > 0 && status == 0);
}

// what if more is read than the cache holds, while changes wait for their commit?
static void changes_stay_in_memory(void) {
  make_file("/large", 7, 300 * kBlock);
  sync();
  make_file("/small", 8, 20 * kBlock);
  expect_file("/large", 7, 300 * kBlock);
  expect_file("/small", 8, 20 * kBlock);
  expect_file("/large", 7, 300 * kBlock);
  EXPECT(unlink("/large") == 0 && unlink("/small") == 0);
}

static const struct question questions[] = {
    {"files_keep_what_is_written", files_keep_what_is_written},
    {"seeking_appending_truncating", seeking_appending_truncating},
    {"directories", directories},
    {"failures", failures},
    {"removed_while_open", removed_while_open},
    {"descriptors_are_shared", descriptors_are_shared},
    {"disk_full", disk_full},
    {"many_processes", many_processes},
    {"blocks_belong_to_one_file", blocks_belong_to_one_file},
    {"changes_stay_in_memory", changes_stay_in_memory},
};

int main(int argc, char** argv) {
  if (unlink("/no-such-file") != 0 && errno == ENODEV) {
    printf("fstests: there is no disk with a file system\n");
    return 1;
  }
  return ask(questions, sizeof questions / sizeof questions[0], argc, argv);
}
