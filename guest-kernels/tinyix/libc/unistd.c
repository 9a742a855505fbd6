// Files and descriptors, POSIX's manners over the kernel's.
#include <disco.h>
#include <errno.h>
#include <fcntl.h>
#include <reent.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system.h"

long tinyix_answer(long result) {
  if (result >= 0) return result;
  errno = (int)-result;
  return -1;
}

// A flag that the kernel does not have is not taken silently.
int open(const char* path, int flags, ...) {
  static const struct {
    int ours, kernels;
  } kFlags[] = {{O_CREAT, TINYIX_O_CREAT},
                {O_TRUNC, TINYIX_O_TRUNC},
                {O_APPEND, TINYIX_O_APPEND},
                {O_EXCL, TINYIX_O_EXCL},
                {O_DIRECTORY, 0},
                {O_CLOEXEC, 0},
                {O_NOCTTY, 0}};
  int rest = flags & ~O_ACCMODE, kernels = flags & O_ACCMODE;
  for (size_t i = 0; i < sizeof kFlags / sizeof kFlags[0]; ++i) {
    if (kFlags[i].ours == 0 || (rest & kFlags[i].ours) != kFlags[i].ours) continue;
    rest &= ~kFlags[i].ours;
    kernels |= kFlags[i].kernels;
  }
  if (rest != 0 || (flags & O_CLOEXEC)) {
    errno = EINVAL;
    return -1;
  }
  // With O_CREAT the kernel's flag would make a directory; without, it asks for one.
  if ((flags & O_DIRECTORY) && !(flags & O_CREAT)) kernels |= TINYIX_O_DIRECTORY;
  return (int)tinyix_answer(tinyix_open(path, kernels));
}

ssize_t read(int descriptor, void* to, size_t n) {
  return tinyix_answer(tinyix_read(descriptor, to, n));
}
ssize_t write(int descriptor, const void* from, size_t n) {
  return tinyix_answer(tinyix_write(descriptor, from, n));
}
int close(int descriptor) { return (int)tinyix_answer(tinyix_close(descriptor)); }
off_t lseek(int descriptor, off_t offset, int whence) {
  return tinyix_answer(tinyix_lseek(descriptor, offset, whence));
}
int pipe(int descriptors[2]) { return (int)tinyix_answer(tinyix_pipe(descriptors)); }
int dup2(int from, int to) { return (int)tinyix_answer(tinyix_dup2(from, to)); }
int unlink(const char* path) { return (int)tinyix_answer(tinyix_unlink(path)); }
int _rename(const char* from, const char* to) {  // what newlib's rename() calls
  return (int)tinyix_answer(tinyix_rename(from, to));
}
int fsync(int descriptor) { return (int)tinyix_answer(tinyix_fsync(descriptor)); }
void sync(void) { tinyix_sync(); }

int mkdir(const char* path, mode_t mode) {
  (void)mode;
  const long descriptor = tinyix_open(path, TINYIX_O_CREAT | TINYIX_O_EXCL | TINYIX_O_DIRECTORY);
  return descriptor < 0 ? (int)tinyix_answer(descriptor) : close((int)descriptor);
}

// There are no owners, rights or times.
int fstat(int descriptor, struct stat* to) {
  static const mode_t kModes[] = {0, S_IFREG | 0777, S_IFDIR | 0777, S_IFCHR | 0666,
                                  S_IFIFO | 0666};
  uint64_t status[4];
  const long result = tinyix_fstat(descriptor, status);
  if (result < 0) return (int)tinyix_answer(result);
  memset(to, 0, sizeof *to);
  to->st_mode = kModes[status[0] % (sizeof kModes / sizeof kModes[0])];
  to->st_size = (off_t)status[1];
  to->st_nlink = (nlink_t)status[2];
  to->st_ino = (ino_t)status[3];
  to->st_blksize = 4096;
  to->st_blocks = (blkcnt_t)((status[1] + 511) / 512);
  return 0;
}

int stat(const char* path, struct stat* to) {
  const int descriptor = open(path, O_RDONLY);
  if (descriptor < 0) return -1;
  const int result = fstat(descriptor, to);
  close(descriptor);
  return result;
}
int lstat(const char* path, struct stat* to) { return stat(path, to); }  // there are no links

int access(const char* path, int mode) {
  struct stat status;
  (void)mode;  // whoever is there may do everything
  return stat(path, &status);
}

int rmdir(const char* path) {
  struct stat status;
  if (stat(path, &status) != 0) return -1;
  if (S_ISDIR(status.st_mode)) return unlink(path);
  errno = ENOTDIR;
  return -1;
}

int terminal(int descriptor, unsigned long change, unsigned long mode) {
  return (int)tinyix_answer(tinyix_terminal(descriptor, change, mode));
}

// Whether it is the console and a person sits there.
int isatty(int descriptor) {
  const int mode = terminal(descriptor, 0, 0);
  if (mode < 0) return 0;
  if (mode & TERMINAL_WATCHED) return 1;
  errno = ENOTTY;
  return 0;
}

// Whether newlib writes a stream line by line: to the console, whoever looks at it.
int _isatty_r(struct _reent* reent, int descriptor) {
  struct stat status;
  (void)reent;
  return fstat(descriptor, &status) == 0 && S_ISCHR(status.st_mode);
}

// All paths begin at the root.
char* getcwd(char* to, size_t size) {
  static char root[] = "/";
  if (!to) return strdup(root);
  if (size >= sizeof root) return strcpy(to, root);
  errno = size == 0 ? EINVAL : ERANGE;
  return NULL;
}

void* sbrk(ptrdiff_t by) { return (void*)tinyix_answer(tinyix_sbrk(by)); }

int getpagesize(void) { return 4096; }
