// Physical page frames: a free list and a reference count each (a frame may be in several address
// spaces at once: copy on write).
#pragma once

#include <stddef.h>

#include "machine.h"

/// Gives [begin, end) to the allocator, except what frames_reserve() named before.
void frames_reserve(phys begin, phys end);
void frames_add(phys begin, phys end);

/// A frame with one reference, contents undefined, through the direct window. Null if memory is
/// out.
void* frame_allocate(void);
/// The same, zeroed.
void* frame_allocate_zeroed(void);
/// Takes another reference / drops one; the last one frees the frame.
void frame_share(phys frame);
void frame_release(phys frame);
uint32_t frame_references(phys frame);

uint64_t frames_free(void);
