// The names in directories: type, size, name.  ls [directory ...]   without any, those in / and the
// programs in /bin.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "workload.h"

static int list(const char* path) {
  const int directory = open(path, O_RDONLY | O_DIRECTORY);
  struct dirent entry;
  if (directory < 0) {
    printf("ls: no directory %s\n", path);
    return 1;
  }
  while (read(directory, &entry, sizeof entry) == sizeof entry) {
    char full[320];
    struct stat status;
    if (entry.d_ino == 0) continue;
    snprintf(full, sizeof full, "%s/%s", path, entry.d_name);
    const int fd = open(full, O_RDONLY);
    if (fd < 0) continue;  // removed meanwhile
    fstat(fd, &status);
    close(fd);
    printf("%c %" PRIu64 " %s\n", status.st_type == 2 ? 'd' : '-', status.st_size, entry.d_name);
  }
  close(directory);
  return 0;
}

int main(int argc, char** argv) {
  static char* const kUsual[] = {"/", "/bin"};
  char* const* const paths = argc > 1 ? argv + 1 : kUsual;
  const int count = argc > 1 ? argc - 1 : 2;
  int failures = 0;
  for (int i = 0; i < count; ++i) {
    if (count > 1) printf("%s:\n", paths[i]);
    failures += list(paths[i]);
  }
  return failures;
}
