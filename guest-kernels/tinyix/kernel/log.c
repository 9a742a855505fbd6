// See log.h.
#include "log.h"

#include "frames.h"
#include "panic.h"
#include "process.h"
#include "runtime.h"

enum { kMostBlocks = 120, kHeaderWords = 512 / 4 };

// The first sector of the first block.
struct header {
  uint32_t count;
  uint32_t blocks[kMostBlocks];
};
_Static_assert(sizeof(struct header) <= 512, "log.c");

static struct {
  struct spinlock lock;
  uint64_t start;
  uint32_t room;  // for blocks
  uint32_t operations, is_committing;
  uint64_t commits, changes;  // numbers: of commits done, of operations ended since boot
  uint64_t committed_changes;
  struct header now;
  void* frame;  // for the header on its way to the disk
} log;

static void write_header(uint32_t count) {
  memset(log.frame, 0, kBlockSize);
  log.now.count = count;
  memcpy(log.frame, &log.now, sizeof log.now);
  disk_write(log.start, log.frame);
  disk_flush();
}

// Blocks from the log to their places, by way of the cache.
static void recover(void) {
  disk_read(log.start, log.frame);
  memcpy(&log.now, log.frame, sizeof log.now);
  if (log.now.count > log.room)
    panic("the log says %u blocks, it has room for %u", log.now.count, log.room);
  for (uint32_t i = 0; i < log.now.count; ++i) {
    disk_read(log.start + 1 + i, log.frame);
    disk_write(log.now.blocks[i], log.frame);
  }
  if (log.now.count == 0) return;
  disk_flush();
  write_header(0);
}

void log_start(uint64_t start, uint64_t blocks) {
  log.start = start;
  log.room = blocks - 1 < kMostBlocks ? (uint32_t)blocks - 1 : kMostBlocks;
  log.frame = frame_allocate();
  if (!log.frame) panic("no memory for the log");
  recover();
}

// The changed blocks to the log, or to their places: some side by side, in any order. They stay as
// they are meanwhile.
static void write_blocks(int to_log) {
  int under_way[kDiskBatch];
  for (uint32_t from = 0; from < log.now.count; from += kDiskBatch) {
    int n = 0;
    for (uint32_t i = from; i < log.now.count && n < kDiskBatch; ++i) {
      struct buffer* const b = buffer_read(log.now.blocks[i]);
      under_way[n++] = disk_write_begin(to_log ? log.start + 1 + i : b->block, b->data);
      buffer_release(b);
    }
    while (n > 0) disk_wait(under_way[--n]);
  }
  disk_flush();
}

static void unpin_blocks(void) {
  for (uint32_t i = 0; i < log.now.count; ++i) {
    struct buffer* const b = buffer_read(log.now.blocks[i]);
    buffer_release(b);
    buffer_unpin(b);
  }
}

// Writes what the log holds. Nobody else changes anything meanwhile: `is_committing`.
static void write_all(void) {
  if (log.now.count == 0) return;
  write_blocks(1);
  write_header(log.now.count);
  write_blocks(0);
  unpin_blocks();
  write_header(0);
}

// With the lock held and no operation under way.
static void commit(void) {
  log.is_committing = 1;
  const uint64_t changes = log.changes;
  release(&log.lock);
  write_all();
  acquire(&log.lock);
  log.is_committing = 0;
  log.committed_changes = changes;
  wake(&log);
}

void log_begin(void) {
  acquire(&log.lock);
  for (;;) {
    const int is_full = log.now.count + (log.operations + 1) * kOperationBlocks > log.room;
    if (!log.is_committing && !log.commits && !is_full) break;
    if (!log.is_committing && is_full && log.operations == 0) {
      commit();
    } else {
      sleep_on(&log, &log.lock);
    }
  }
  ++log.operations;
  release(&log.lock);
}

void log_write(struct buffer* buffer) {
  acquire(&log.lock);
  uint32_t i = 0;
  while (i < log.now.count && log.now.blocks[i] != buffer->block) ++i;
  if (i == log.now.count) {
    if (i == log.room) panic("log_write: an operation is too large");
    log.now.blocks[log.now.count++] = (uint32_t)buffer->block;
    buffer_pin(buffer);
  }
  release(&log.lock);
}

void log_end(void) {
  acquire(&log.lock);
  --log.operations;
  ++log.changes;
  release(&log.lock);
  wake(&log);
}

void log_commit(void) {
  acquire(&log.lock);
  const uint64_t changes = log.changes;
  ++log.commits;  // no operation begins from here on
  while (log.committed_changes < changes) {
    if (!log.is_committing && log.operations == 0) {
      commit();
    } else {
      sleep_on(&log, &log.lock);
    }
  }
  --log.commits;
  release(&log.lock);
  wake(&log);
}
