// Where the kernel sees physical memory: on the bare machine, in the unmapped segments. The other
// version of this header is layout/relocated/; together with the link address it is all that
// differs.
//
//   0xffffffff80000000  KSEG0: physical 0 ..., cached
//        +0x000  UTLB refill, +0x080 XTLB refill, +0x180 all other exceptions
//        +0x100000  the kernel's image
//   0xffffffffbc000000  KSEG1: physical 0x1c000000 ..., uncached: devices
#pragma once

#define DIRECT_BASE 0xffffffff80000000
// All memory below the devices; tinyix leaves what is above them alone.
#define DIRECT_SIZE 0x1c000000
// From the boot loader's address of the device tree to its physical address.
#define PHYSICAL_MASK 0x1fffffff
#define DEVICE_BASE 0xffffffffbc000000
