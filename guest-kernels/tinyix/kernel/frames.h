// Physical page frames: for each range of a node's memory what is free, and a reference count for
// each frame (a frame may be in several address spaces at once: copy on write).
#pragma once

#include <stddef.h>

#include "device_tree.h"
#include "machine.h"

/// On which node frame_allocate() looks first.
enum placement { kFirstTouch, kRoundRobin, kNodeZero };
void frames_place(enum placement placement);

/// Gives [range.begin, range.end) to the allocator, except what frames_reserve() named before. A
/// range is one of a node's two: below the I/O window or above it.
void frames_reserve(phys begin, phys end);
void frames_add(struct range range);

/// A frame with one reference, contents undefined, through the direct window; of the node that the
/// placement says, of another if that has none left. Null if memory is out.
void* frame_allocate(void);
/// The same, zeroed.
void* frame_allocate_zeroed(void);
/// Of `node` if it has any.
void* frame_allocate_on(uint32_t node);
/// Takes another reference / drops one; the last one frees the frame.
void frame_share(phys frame);
void frame_release(phys frame);
uint32_t frame_references(phys frame);

uint64_t frames_free(void);
uint64_t frames_free_on(uint32_t node);
/// 1 + the last node that has memory.
uint32_t memory_nodes(void);
