// TLB shootdown: translations of an address space leave the TLBs of all other processors.
//
// Where the space does not run, it is enough to forget its ASID there: when it runs next it gets a
// fresh one. A processor that runs it is interrupted, takes a fresh ASID and acknowledges. What is
// in its TLB under the old ASID can match nothing any more.
#pragma once

#include "vm.h"

/// When it returns no other processor uses a translation made before the call. Requires: the
/// space's lock is held, the page tables have been changed.
void shoot_down(struct address_space* space);
/// Answers requests of others to this processor.
void serve_shootdown(void);
