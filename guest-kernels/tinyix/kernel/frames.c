// See frames.h.
#include "frames.h"

#include "panic.h"
#include "runtime.h"
#include "spinlock.h"

enum { kFrames = DIRECT_SIZE / PAGE_SIZE, kReservations = 4 };

// A free frame's first word links to the next one.
struct free_frame {
  struct free_frame* next;
};

static struct {
  struct spinlock lock;
  struct free_frame* first;
  uint64_t free;
  uint16_t references[kFrames];
  struct {
    phys begin, end;
  } reserved[kReservations];
  int reservations;
} frames;

static uint64_t number(phys frame) {
  if (frame >= DIRECT_SIZE || frame % PAGE_SIZE != 0) panic("frame 0x%lx is none", frame);
  return frame / PAGE_SIZE;
}

void frames_reserve(phys begin, phys end) {
  if (frames.reservations == kReservations) panic("frames_reserve: too many");
  frames.reserved[frames.reservations].begin = begin;
  frames.reserved[frames.reservations++].end = end;
}

static int is_reserved(phys frame) {
  for (int i = 0; i < frames.reservations; ++i)
    if (frame + PAGE_SIZE > frames.reserved[i].begin && frame < frames.reserved[i].end) return 1;
  return 0;
}

void frames_add(phys begin, phys end) {
  // Downwards, so that allocation goes upwards.
  for (phys at = end & ~(phys)(PAGE_SIZE - 1); at >= begin + PAGE_SIZE; at -= PAGE_SIZE) {
    const phys frame = at - PAGE_SIZE;
    if (is_reserved(frame)) continue;
    frames.references[number(frame)] = 1;
    frame_release(frame);
  }
}

void* frame_allocate(void) {
  acquire(&frames.lock);
  struct free_frame* f = frames.first;
  if (f) {
    frames.first = f->next;
    --frames.free;
    frames.references[number(physical(f))] = 1;
  }
  release(&frames.lock);
  return f;
}

void* frame_allocate_zeroed(void) {
  void* f = frame_allocate();
  return f ? memset(f, 0, PAGE_SIZE) : NULL;
}

void frame_share(phys frame) {
  uint16_t* count = &frames.references[number(frame)];
  acquire(&frames.lock);
  if (*count == 0 || *count == UINT16_MAX)
    panic("frame_share: 0x%lx has %u references", frame, *count);
  ++*count;
  release(&frames.lock);
}

void frame_release(phys frame) {
  uint16_t* count = &frames.references[number(frame)];
  acquire(&frames.lock);
  if (*count == 0) panic("frame_release: 0x%lx is free", frame);
  if (--*count == 0) {
    struct free_frame* f = direct(frame);
    f->next = frames.first;
    frames.first = f;
    ++frames.free;
  }
  release(&frames.lock);
}

uint32_t frame_references(phys frame) { return frames.references[number(frame)]; }

uint64_t frames_free(void) { return frames.free; }
