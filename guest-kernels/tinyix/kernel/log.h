// Transactions on the disk. Every system call that changes the file system is an operation between
// log_begin() and log_end(); the blocks that it changes stay in memory. A commit writes the blocks
// of all operations since the last one to the log, then the log's header, then the blocks to their
// places: after a power cut either all of them are there or none.
//
// The header is what the first sector of the log says; sectors are written whole or not at all.
#pragma once

#include "buffer.h"

/// An operation changes at most this many blocks.
enum { kOperationBlocks = 12 };

/// The log lies in [start, start + blocks). What it holds from before a power cut is put into
/// place.
void log_start(uint64_t start, uint64_t blocks);

/// Begins an operation; sleeps while the log has no room for it.
void log_begin(void);
/// The content of `buffer`, which the caller has, changed in this operation.
void log_write(struct buffer* buffer);
void log_end(void);
/// Everything that operations have changed so far is on the medium when this returns. Requires:
/// outside an operation.
void log_commit(void);
