#pragma once
#include <stdint.h>

/// What read() gives from a directory; d_ino 0 is a free entry.
struct dirent {
  uint32_t d_ino;
  char d_name[60];
};
