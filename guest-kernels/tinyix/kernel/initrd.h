// The initial file system: a cpio archive ("newc") in memory. Read-only.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Where the archive lies. Requires: called before initrd_find().
void initrd_start(const void* begin, size_t size);
/// Contents of the file called `path`, with or without a leading slash. 0 if there is none.
int initrd_find(const char* path, const uint8_t** data, size_t* size);
