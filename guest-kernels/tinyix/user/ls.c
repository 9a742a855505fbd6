// The names in directories of the disk: type, size, name.  ls [directory ...]
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "workload.h"

static int list(const char* path) {
  DIR* const directory = opendir(path);
  if (!directory) {
    printf("ls: no directory %s\n", path);
    return 1;
  }
  for (const struct dirent* entry; (entry = readdir(directory)) != NULL;) {
    char full[320];
    struct stat status;
    snprintf(full, sizeof full, "%s/%s", path, entry->d_name);
    if (stat(full, &status) != 0) continue;  // removed meanwhile
    printf("%c %" PRIu64 " %s\n", S_ISDIR(status.st_mode) ? 'd' : '-', (uint64_t)status.st_size,
           entry->d_name);
  }
  closedir(directory);
  return 0;
}

int main(int argc, char** argv) {
  int failures = argc == 1 ? list("/") : 0;
  for (int i = 1; i < argc; ++i) failures += list(argv[i]);
  return failures;
}
