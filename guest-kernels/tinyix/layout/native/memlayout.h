// Where the kernel sees itself, memory and devices: on the bare machine, in the unmapped segments.
// The other version of this header is layout/relocated/; together with the link address it is all
// that differs.
//
//   0xffffffff80000000  KSEG0: physical 0 ..., cached
//        +0x000  UTLB refill, +0x080 XTLB refill, +0x180 all other exceptions
//        +0x100000  the kernel's image
//   0xffffffffbc000000  KSEG1: physical 0x1c000000 ..., uncached: devices
//   0xa800000000000000  XKPHYS, cached: all 40 bits of physical addresses, every node's memory
#pragma once

#define IMAGE_BASE 0xffffffff80000000
#define MEMORY_BASE 0xa800000000000000
#define MEMORY_LIMIT 0x10000000000
// From the boot loader's address of the device tree to its physical address.
#define PHYSICAL_MASK 0x1fffffff
#define DEVICE_BASE 0xffffffffbc000000
