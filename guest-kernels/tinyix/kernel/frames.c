// See frames.h. A zone is a range of one node's memory. Its first frames hold its reference counts.
// Frames that were never used are taken in order, those that came back before them, the last one
// first.
#include "frames.h"

#include "atomic.h"
#include "panic.h"
#include "runtime.h"
#include "spinlock.h"

enum { kReservations = 4 };
enum { kWindowEnd = 0x20000000 };  // memory above it is a node's second range

// A free frame's first word links to the next one.
struct free_frame {
  struct free_frame* next;
};

struct zone {
  struct spinlock lock;
  struct free_frame* first;  // that came back
  phys begin, fresh, end;    // from `fresh` on never used
  uint64_t free;
  uint16_t* references;
};

static struct zone zones[kMaxNodes][2];
static uint32_t nodes;
static struct range reserved[kReservations];
static int reservations;
static enum placement how;
static volatile uint64_t turns;  // of round robin

void frames_place(enum placement placement) { how = placement; }

static uint64_t page_up(uint64_t at) { return (at + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1); }

static struct zone* zone_of(phys at) {
  const uint32_t node = node_of(at);
  if (node >= kMaxNodes) panic("memory of node %u: there are at most %d", node, kMaxNodes);
  return &zones[node][(uint32_t)at >= kWindowEnd];
}

static uint16_t* references_of(struct zone* zone, phys frame) {
  if (frame < zone->begin || frame >= zone->end || frame % PAGE_SIZE != 0)
    panic("frame 0x%lx is none", frame);
  return &zone->references[(frame - zone->begin) / PAGE_SIZE];
}

void frames_reserve(phys begin, phys end) {
  if (reservations == kReservations) panic("frames_reserve: too many");
  reserved[reservations++] = (struct range){begin & ~(phys)(PAGE_SIZE - 1), page_up(end)};
}

static int is_reserved(phys frame) {
  for (int i = 0; i < reservations; ++i)
    if (frame >= reserved[i].begin && frame < reserved[i].end) return 1;
  return 0;
}

void frames_add(struct range range) {
  const phys begin = page_up(range.begin), end = range.end & ~(phys)(PAGE_SIZE - 1);
  if (end <= begin) return;
  struct zone* const zone = zone_of(begin);
  const uint64_t count = (end - begin) / PAGE_SIZE;
  zone->references = direct(begin);
  zone->begin = begin;
  zone->end = end;
  zone->fresh = page_up(begin + count * sizeof *zone->references);
  for (phys at = begin; at < zone->fresh; at += PAGE_SIZE)
    if (is_reserved(at)) panic("no room for the reference counts of the memory at 0x%lx", begin);
  memset(zone->references, 0, zone->fresh - begin);
  for (phys at = zone->fresh; at < end; at += PAGE_SIZE) zone->free += !is_reserved(at);
  if (node_of(begin) >= nodes) nodes = node_of(begin) + 1;
}

// With the lock held.
static phys take(struct zone* zone) {
  struct free_frame* const back = zone->first;
  if (back) {
    zone->first = back->next;
    return physical(back);
  }
  while (is_reserved(zone->fresh)) zone->fresh += PAGE_SIZE;
  zone->fresh += PAGE_SIZE;
  return zone->fresh - PAGE_SIZE;
}

static void* allocate_in(struct zone* zone) {
  void* frame = NULL;
  acquire(&zone->lock);
  if (zone->free != 0) {
    --zone->free;
    const phys at = take(zone);
    *references_of(zone, at) = 1;
    frame = direct(at);
  }
  release(&zone->lock);
  return frame;
}

void* frame_allocate_on(uint32_t node) {
  for (uint32_t i = 0; i < nodes; ++i) {
    struct zone* const pair = zones[(node + i) % nodes];
    void* frame = allocate_in(&pair[0]);
    if (!frame && pair[1].free != 0) frame = allocate_in(&pair[1]);
    if (frame) return frame;
  }
  return NULL;
}

void* frame_allocate(void) {
  switch (how) {
    case kFirstTouch: return frame_allocate_on(this_cpu()->node);
    case kRoundRobin: return frame_allocate_on((uint32_t)(atomic_add(&turns, 1) % nodes));
    case kNodeZero: break;
  }
  return frame_allocate_on(0);
}

void* frame_allocate_zeroed(void) {
  void* f = frame_allocate();
  return f ? memset(f, 0, PAGE_SIZE) : NULL;
}

void frame_share(phys frame) {
  struct zone* const zone = zone_of(frame);
  uint16_t* const count = references_of(zone, frame);
  acquire(&zone->lock);
  if (*count == 0 || *count == UINT16_MAX)
    panic("frame_share: 0x%lx has %u references", frame, *count);
  ++*count;
  release(&zone->lock);
}

void frame_release(phys frame) {
  struct zone* const zone = zone_of(frame);
  uint16_t* const count = references_of(zone, frame);
  acquire(&zone->lock);
  if (*count == 0) panic("frame_release: 0x%lx is free", frame);
  if (--*count == 0) {
    struct free_frame* f = direct(frame);
    f->next = zone->first;
    zone->first = f;
    ++zone->free;
  }
  release(&zone->lock);
}

uint32_t frame_references(phys frame) { return *references_of(zone_of(frame), frame); }

uint64_t frames_free_on(uint32_t node) { return zones[node][0].free + zones[node][1].free; }

uint64_t frames_free(void) {
  uint64_t free = 0;
  for (uint32_t node = 0; node < nodes; ++node) free += frames_free_on(node);
  return free;
}

uint32_t memory_nodes(void) { return nodes; }
