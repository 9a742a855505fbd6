#pragma once
#include <stdint.h>

/// `st_type` is 1 for a file, 2 for a directory.
struct stat {
  uint64_t st_type, st_size, st_nlink, st_ino;
};
int fstat(int descriptor, struct stat* to);
/// The mode is ignored. unlink() removes an empty directory.
int mkdir(const char* path, unsigned mode);
