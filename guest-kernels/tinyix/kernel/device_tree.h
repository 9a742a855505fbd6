// What the boot loader says about the machine: the few facts that tinyix needs, from the flattened
// device tree (Devicetree Specification 5).
#pragma once

#include "machine.h"

enum { kBootArgumentsLength = 1024 };

struct boot_facts {
  phys tree_begin, tree_end;      // the tree itself
  phys memory_end;                // of the memory that begins at 0
  phys initrd_begin, initrd_end;  // equal: none
  uint64_t clock;                 // Hz
  uint32_t tlb_entries;
  char arguments[kBootArgumentsLength];
};

/// Requires: `tree` is the physical address of a device tree. Panics if it is not one.
void device_tree_read(phys tree, struct boot_facts* facts);
