// Files, POSIX's manners over the kernel's. See <fcntl.h>, <sys/stat.h>, <unistd.h>.
#include <disco.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

long tinyix_open(const char* path, int flags);
long tinyix_unlink(const char* path);
long tinyix_fsync(int descriptor);
long tinyix_sync(void);
long tinyix_fstat(int descriptor, struct stat* to);
long tinyix_lseek(int descriptor, off_t offset, int whence);
long tinyix_dup2(int from, int to);
long tinyix_terminal(int descriptor, unsigned long change, unsigned long mode);

static long answer(long result) {
  if (result >= 0) return result;
  errno = (int)-result;
  return -1;
}

int open(const char* path, int flags, ...) { return (int)answer(tinyix_open(path, flags)); }
int unlink(const char* path) { return (int)answer(tinyix_unlink(path)); }
int fsync(int descriptor) { return (int)answer(tinyix_fsync(descriptor)); }
void sync(void) { tinyix_sync(); }
int fstat(int descriptor, struct stat* to) { return (int)answer(tinyix_fstat(descriptor, to)); }
int dup2(int from, int to) { return (int)answer(tinyix_dup2(from, to)); }
off_t lseek(int descriptor, off_t offset, int whence) {
  return answer(tinyix_lseek(descriptor, offset, whence));
}

int terminal(int descriptor, unsigned long change, unsigned long mode) {
  return (int)answer(tinyix_terminal(descriptor, change, mode));
}
int isatty(int descriptor) {
  const int mode = terminal(descriptor, 0, 0);
  return mode >= 0 && (mode & TERMINAL_WATCHED) != 0;
}

int mkdir(const char* path, unsigned mode) {
  (void)mode;
  const int made = open(path, O_CREAT | O_EXCL | O_DIRECTORY);
  return made < 0 ? -1 : close(made);
}
