// See pipe.h.
#include "pipe.h"

#include "console.h"
#include "file.h"
#include "frames.h"
#include "terminal.h"
#include "tinyix.h"

enum { kPipeBytes = 2048 };

// Lives in a frame of its own. Readers sleep on &head, writers on &tail.
struct pipe {
  struct spinlock lock;
  uint32_t readers, writers;
  uint64_t head, tail;  // bytes read and written so far
  char data[kPipeBytes];
};
_Static_assert(sizeof(struct pipe) <= PAGE_SIZE, "pipe.c");

int64_t pipe_create(struct descriptor* reader, struct descriptor* writer) {
  struct pipe* pipe = frame_allocate_zeroed();
  if (!pipe) return -TINYIX_ENOMEM;
  pipe->readers = pipe->writers = 1;
  *reader = (struct descriptor){kPipeReader, pipe, NULL};
  *writer = (struct descriptor){kPipeWriter, pipe, NULL};
  return 0;
}

void descriptor_copy(struct descriptor* to, const struct descriptor* from) {
  *to = *from;
  if (to->file) file_share(to->file);
  struct pipe* const pipe = to->pipe;
  if (!pipe) return;
  acquire(&pipe->lock);
  if (to->kind == kPipeReader) ++pipe->readers;
  if (to->kind == kPipeWriter) ++pipe->writers;
  release(&pipe->lock);
}

static void pipe_close(struct pipe* pipe, enum descriptor_kind kind) {
  acquire(&pipe->lock);
  if (kind == kPipeReader && --pipe->readers == 0) wake(&pipe->tail);
  if (kind == kPipeWriter && --pipe->writers == 0) wake(&pipe->head);
  const int is_last = pipe->readers == 0 && pipe->writers == 0;
  release(&pipe->lock);
  if (is_last) frame_release(physical(pipe));
}

void descriptor_close(struct descriptor* d) {
  const struct descriptor was = *d;
  *d = (struct descriptor){kClosed, NULL, NULL};
  if (was.pipe) pipe_close(was.pipe, was.kind);
  if (was.file) file_close(was.file);
}

static int64_t pipe_read(struct pipe* pipe, char* to, size_t n) {
  acquire(&pipe->lock);
  while (pipe->head == pipe->tail && pipe->writers != 0)
    if (!sleep_unless_ending(&pipe->head, &pipe->lock)) break;
  size_t got = 0;
  for (; got < n && pipe->head != pipe->tail; ++got)
    to[got] = pipe->data[pipe->head++ % kPipeBytes];
  release(&pipe->lock);
  wake(&pipe->tail);
  return (int64_t)got;
}

static int64_t pipe_write(struct pipe* pipe, const char* from, size_t n) {
  acquire(&pipe->lock);
  size_t put = 0;
  while (put < n && pipe->readers != 0) {
    if (pipe->tail - pipe->head == kPipeBytes) {
      wake(&pipe->head);
      if (!sleep_unless_ending(&pipe->tail, &pipe->lock)) break;
    } else {
      pipe->data[pipe->tail++ % kPipeBytes] = from[put++];
    }
  }
  const int64_t result = put == n ? (int64_t)n : -TINYIX_EPIPE;
  release(&pipe->lock);
  wake(&pipe->head);
  return result;
}

int descriptor_can_read(const struct descriptor* d) {
  return d->kind == kConsole || d->kind == kPipeReader || (d->file && file_can_read(d->file));
}

int descriptor_can_write(const struct descriptor* d) {
  return d->kind == kConsole || d->kind == kPipeWriter || (d->file && file_can_write(d->file));
}

int64_t descriptor_read(struct descriptor* d, char* to, size_t n) {
  return d->kind == kConsole ? terminal_read(to, n) : pipe_read(d->pipe, to, n);
}

int64_t descriptor_write(struct descriptor* d, const char* from, size_t n) {
  if (d->kind == kPipeWriter) return pipe_write(d->pipe, from, n);
  console_write(from, n);
  return (int64_t)n;
}
