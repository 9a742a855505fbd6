// The names in directories: type, size, name.  ls [directory ...]   without any, those in / and the
// programs in /bin.
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
