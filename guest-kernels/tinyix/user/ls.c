// The names in directories of the disk: type, size, name.  ls [directory ...]
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
  int failures = argc == 1 ? list("/") : 0;
  for (int i = 1; i < argc; ++i) failures += list(argv[i]);
  return failures;
}
