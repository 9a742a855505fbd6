// See <disco.h>.
#include "include/disco.h"

#include "system.h"

int terminal(int descriptor, unsigned long change, unsigned long mode) {
  return (int)tinyix_answer(tinyix_terminal(descriptor, change, mode));
}
