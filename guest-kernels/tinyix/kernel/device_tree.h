// What the boot loader says about the machine: the few facts that tinyix needs, from the flattened
// device tree (Devicetree Specification 5).
#pragma once

#include "cpu.h"
#include "machine.h"

enum { kBootArgumentsLength = 1024, kMaxNodes = 64, kMaxRanges = 2 * kMaxNodes, kMaxVirtios = 16 };

struct boot_facts {
  phys tree_begin, tree_end;      // the tree itself
  phys initrd_begin, initrd_end;  // equal: none
  uint64_t clock;                 // Hz
  uint32_t tlb_entries;
  uint32_t virtios;
  phys virtio[kMaxVirtios];  // registers
  uint32_t cpus;             // the first one is the boot processor
  struct {
    uint32_t number, node;
  } cpu[kMaxCpus];
  uint32_t ranges;
  struct range {
    phys begin, end;  // of one node
  } memory[kMaxRanges];
  char arguments[kBootArgumentsLength];
};

/// Requires: `tree` is the physical address of a device tree. Panics if it is not one.
void device_tree_read(phys tree, struct boot_facts* facts);
