// Lines, words and bytes of its input.  wc
#include <ctype.h>
#include <unistd.h>

#include "workload.h"

int main(void) {
  char part[512];
  uint64_t lines = 0, words = 0, bytes = 0;
  int in_word = 0;
  for (ssize_t n; (n = read(STDIN_FILENO, part, sizeof part)) > 0; bytes += (uint64_t)n)
    for (ssize_t i = 0; i < n; ++i) {
      lines += part[i] == '\n';
      words += !in_word && !isspace((unsigned char)part[i]);
      in_word = !isspace((unsigned char)part[i]);
    }
  printf("%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", lines, words, bytes);
  return 0;
}
