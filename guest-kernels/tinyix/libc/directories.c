// <dirent.h> over the kernel's directories, which are files of entries.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system.h"

// kernel/fs_format.h.
struct entry {
  uint32_t inode;  // 0: free
  char name[MAXNAMLEN + 1];
};

struct tinyix_directory {
  int descriptor;
  struct dirent entry;
};

DIR* fdopendir(int descriptor) {
  struct stat status;
  if (fstat(descriptor, &status) != 0) return NULL;
  if (!S_ISDIR(status.st_mode)) {
    errno = ENOTDIR;
    return NULL;
  }
  DIR* const directory = malloc(sizeof *directory);
  if (directory) directory->descriptor = descriptor;
  return directory;
}

DIR* opendir(const char* path) {
  const int descriptor = open(path, O_RDONLY | O_DIRECTORY);
  if (descriptor < 0) return NULL;
  DIR* const directory = fdopendir(descriptor);
  if (!directory) close(descriptor);
  return directory;
}

struct dirent* readdir(DIR* directory) {
  struct entry next;
  while (read(directory->descriptor, &next, sizeof next) == (ssize_t)sizeof next) {
    if (next.inode == 0) continue;
    directory->entry.d_ino = (ino_t)next.inode;
    directory->entry.d_type = DT_UNKNOWN;
    memcpy(directory->entry.d_name, next.name, sizeof next.name);
    return &directory->entry;
  }
  return NULL;
}

void rewinddir(DIR* directory) { lseek(directory->descriptor, 0, SEEK_SET); }
long telldir(DIR* directory) { return (long)lseek(directory->descriptor, 0, SEEK_CUR); }
void seekdir(DIR* directory, long place) { lseek(directory->descriptor, place, SEEK_SET); }
int dirfd(DIR* directory) { return directory->descriptor; }

int closedir(DIR* directory) {
  const int result = close(directory->descriptor);
  free(directory);
  return result;
}
