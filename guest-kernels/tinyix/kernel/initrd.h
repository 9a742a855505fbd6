// The initial file system: a cpio archive ("newc") in memory. Read-only.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Where the archive lies. Requires: called before initrd_find().
void initrd_start(const void* begin, size_t size);
/// Contents of the file called `path`, with or without a leading slash. 0 if there is none.
int initrd_find(const char* path, const uint8_t** data, size_t* size);
/// Whether some file lies below `path`.
int initrd_is_directory(const char* path);
/// Name number `index` of those in the directory called `path`, at most `room` - 1 characters of
/// it. 0 if there are not so many.
int initrd_name(const char* path, size_t index, char* name, size_t room);
