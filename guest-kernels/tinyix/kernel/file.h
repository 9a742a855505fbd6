// Open files: an inode, a place in it, and who may do what. Descriptors that came from one open()
// share them.
#pragma once

#include "fs.h"

struct file;

/// Opens `path` (open()'s flags). 0, or a negative error.
int64_t file_open(const char* path, uint32_t flags, struct file** opened);
void file_share(struct file* file);
/// The last one closes it.
void file_close(struct file* file);

int file_can_read(const struct file* file);
int file_can_write(const struct file* file);
/// From where the last one ended, between the file and the running process's memory.
int64_t file_read(struct file* file, uint64_t to, size_t n);
int64_t file_write(struct file* file, uint64_t from, size_t n);
/// The place for the next one; negative errors.
int64_t file_seek(struct file* file, int64_t offset, int whence);
/// Type, size, links, number.
void file_status(struct file* file, uint64_t status[4]);
