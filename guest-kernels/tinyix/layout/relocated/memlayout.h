// Where the kernel sees itself, memory and devices: below the monitor it runs in supervisor mode,
// which has no unmapped segments. The monitor's direct windows in the supervisor segment stand for
// them. The other version of this header is layout/native/; together with the link address it is
// all that differs.
//
//   0xffffffffc0000000  csseg: guest-physical 0 ..., cached
//        +0x000  UTLB refill, +0x080 XTLB refill, +0x180 all other exceptions
//        +0x100000  the kernel's image
//   0xffffffffdc000000  csseg: guest-physical 0x1c000000 ..., uncached: devices
#pragma once

#define IMAGE_BASE 0xffffffffc0000000
#define MEMORY_BASE 0xffffffffc0000000
// The window is this large; tinyix leaves memory beyond it alone.
#define MEMORY_LIMIT 0x10000000
// From the boot loader's address of the device tree to its physical address.
#define PHYSICAL_MASK 0x0fffffff
#define DEVICE_BASE 0xffffffffdc000000
