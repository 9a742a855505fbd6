// Does anything work at all?
#include "bare.h"

int main(void) {
  put_line("hello, machine");
  return (int)argument("code", 0);
}
