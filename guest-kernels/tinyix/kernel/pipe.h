// Pipes, and the descriptors that refer to them, to the console and to files. Reading and writing
// files is file.h's.
#pragma once

#include <stddef.h>

#include "process.h"

/// A new pipe with one reader and one writer, in `reader` and `writer`. 0, or -ENOMEM.
int64_t pipe_create(struct descriptor* reader, struct descriptor* writer);
/// Makes the closed `to` another reference to what `from` refers to.
void descriptor_copy(struct descriptor* to, const struct descriptor* from);
/// Harmless if closed.
void descriptor_close(struct descriptor* d);

int descriptor_can_read(const struct descriptor* d);
int descriptor_can_write(const struct descriptor* d);
/// Requires: it can be read and is no file. Up to `n` bytes, n > 0; sleeps until there is one. 0 at
/// the end: no writer is left.
int64_t descriptor_read(struct descriptor* d, char* to, size_t n);
/// Requires: it can be written and is no file. All `n` bytes; sleeps while the pipe is full. -EPIPE
/// if no reader is left.
int64_t descriptor_write(struct descriptor* d, const char* from, size_t n);
