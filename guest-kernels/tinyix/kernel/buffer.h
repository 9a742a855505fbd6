// The buffer cache: disk blocks in memory, each used by one process at a time. What is written goes
// through the log (log.h).
#pragma once

#include "disk.h"
#include "sleeplock.h"

struct buffer {
  struct sleep_lock lock;
  uint64_t block;
  uint32_t references;  // who has it or waits for it
  uint32_t pins;        // it must stay: the log has not written it yet
  uint64_t last_use;
  int is_valid;         // holds the block's content
  struct buffer* next;  // in its hash chain
  void* data;           // a page frame
};

/// Takes the memory for the cache. 0 if there is not enough.
int buffers_start(void);
/// The block, for the caller alone until buffer_release().
struct buffer* buffer_read(uint64_t block);
void buffer_release(struct buffer* buffer);
/// It stays in memory until as many buffer_unpin(). Requires: the caller has it.
void buffer_pin(struct buffer* buffer);
void buffer_unpin(struct buffer* buffer);
