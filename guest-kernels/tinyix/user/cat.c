// Does console input arrive?  Copies it to the output up to a dot on a line of its own.
#include <stdio.h>

int main(void) {
  int at_start = 1;
  for (int c; (c = getchar()) != EOF;) {
    if (at_start && c == '.') break;
    putchar(c);
    at_start = c == '\n';
  }
  printf("bye\n");
  return 0;
}
