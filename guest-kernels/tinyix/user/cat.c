// Files one behind the other; without any, its input.
//   cat [file ...]
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int copy(int from) {
  char part[512];
  ssize_t n;
  while ((n = read(from, part, sizeof part)) > 0)
    if (write(STDOUT_FILENO, part, (size_t)n) != n) return 1;
  return n != 0;
}

static int copy_file(const char* path) {
  const int fd = open(path, O_RDONLY);
  if (fd < 0) {
    printf("cat: cannot open %s\n", path);
    return 1;
  }
  const int failed = copy(fd);
  close(fd);
  return failed;
}

int main(int argc, char** argv) {
  int failures = argc == 1 ? copy(STDIN_FILENO) : 0;
  for (int i = 1; i < argc; ++i) failures += copy_file(argv[i]);
  return failures;
}
