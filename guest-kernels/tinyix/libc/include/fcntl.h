#pragma once

// Paths begin at the root of the disk's file system: "/dir/file" and "dir/file" are the same. Up to
// 59 characters a name.
#define O_RDONLY 0
#define O_WRONLY 1
#define O_RDWR 2
#define O_CREAT 0x100
#define O_TRUNC 0x200
#define O_APPEND 0x400
#define O_EXCL 0x800
#define O_DIRECTORY 0x1000

/// A third argument (the mode) is taken and ignored.
int open(const char* path, int flags, ...);
