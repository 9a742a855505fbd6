// See buffer.h.
#include "buffer.h"

#include "frames.h"
#include "panic.h"

enum { kBuffers = 256, kChains = 64 };

static struct {
  struct spinlock
      lock;  // for all but the contents and `is_valid`, which belong to who has the buffer
  struct buffer buffers[kBuffers];
  struct buffer* chains[kChains];
  uint64_t uses;
} cache;

static struct buffer** chain_of(uint64_t block) { return &cache.chains[block % kChains]; }

int buffers_start(void) {
  for (int i = 0; i < kBuffers; ++i) {
    struct buffer* const b = &cache.buffers[i];
    b->block = UINT64_MAX - (uint64_t)i;  // no disk has it
    b->data = frame_allocate();
    if (!b->data) return 0;
    b->next = *chain_of(b->block);
    *chain_of(b->block) = b;
  }
  return 1;
}

static struct buffer* find(uint64_t block) {
  struct buffer* b = *chain_of(block);
  while (b && b->block != block) b = b->next;
  return b;
}

// The buffer that was not used for longest becomes that of `block`.
static struct buffer* recycle(uint64_t block) {
  struct buffer* oldest = NULL;
  for (struct buffer* b = cache.buffers; b < cache.buffers + kBuffers; ++b)
    if (b->references == 0 && b->pins == 0 && (!oldest || b->last_use < oldest->last_use))
      oldest = b;
  if (!oldest) panic("buffer_read: all %d buffers are in use", kBuffers);
  struct buffer** link = chain_of(oldest->block);
  while (*link != oldest) link = &(*link)->next;
  *link = oldest->next;
  oldest->block = block;
  oldest->is_valid = 0;
  oldest->next = *chain_of(block);
  *chain_of(block) = oldest;
  return oldest;
}

struct buffer* buffer_read(uint64_t block) {
  acquire(&cache.lock);
  struct buffer* b = find(block);
  if (!b) b = recycle(block);
  ++b->references;
  b->last_use = ++cache.uses;
  release(&cache.lock);
  sleep_acquire(&b->lock);
  if (!b->is_valid) disk_read(block, b->data);
  b->is_valid = 1;
  return b;
}

void buffer_release(struct buffer* buffer) {
  sleep_release(&buffer->lock);
  acquire(&cache.lock);
  --buffer->references;
  release(&cache.lock);
}

static void add_pin(struct buffer* buffer, uint32_t n) {
  acquire(&cache.lock);
  buffer->pins += n;
  release(&cache.lock);
}

void buffer_pin(struct buffer* buffer) { add_pin(buffer, 1); }
void buffer_unpin(struct buffer* buffer) { add_pin(buffer, (uint32_t)-1); }
