// "name=number" in the boot arguments.
#include "bare.h"
#include "runtime.h"

uint64_t argument(const char* name, uint64_t otherwise) {
  const size_t length = strlen(name);
  const char* p = boot_arguments();
  while (*p) {
    while (*p == ' ') ++p;
    if (strncmp(p, name, length) == 0 && p[length] == '=') {
      uint64_t value = 0;
      for (p += length + 1; *p >= '0' && *p <= '9'; ++p) value = 10 * value + (uint64_t)(*p - '0');
      return value;
    }
    while (*p && *p != ' ') ++p;
  }
  return otherwise;
}
