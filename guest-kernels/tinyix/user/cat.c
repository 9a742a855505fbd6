// Files of the disk one behind the other; without any, its input up to a dot on a line of its own,
// and a word at the end.
//   cat [file ...]
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int copy(const char* path) {
  char part[512];
  ssize_t n;
  const int fd = open(path, O_RDONLY);
  if (fd < 0) {
    printf("cat: cannot open %s\n", path);
    return 1;
  }
  while ((n = read(fd, part, sizeof part)) > 0)
    if (write(STDOUT_FILENO, part, (size_t)n) != n) return 1;
  close(fd);
  return 0;
}

static int copy_input(void) {
  int at_start = 1;
  for (int c; (c = getchar()) != EOF;) {
    if (at_start && c == '.') break;
    putchar(c);
    at_start = c == '\n';
  }
  printf("bye\n");
  return 0;
}

int main(int argc, char** argv) {
  int failures = argc == 1 ? copy_input() : 0;
  for (int i = 1; i < argc; ++i) failures += copy(argv[i]);
  return failures;
}
