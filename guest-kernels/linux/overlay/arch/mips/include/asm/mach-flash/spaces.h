/* SPDX-License-Identifier: GPL-2.0 */
#ifndef __ASM_MACH_FLASH_SPACES_H
#define __ASM_MACH_FLASH_SPACES_H
#include <linux/const.h>
#ifdef CONFIG_FLASH_GUEST
# ifdef CONFIG_64BIT
/* xsseg: 2^44 bytes from 0x4000000000000000 */
#  define CAC_BASE	_AC(0x4000000000000000, UL)
#  define IO_BASE	_AC(0x4000010000000000, UL)
#  define UNCAC_BASE	_AC(0x4000010000000000, UL)
#  define MAP_BASE	_AC(0x4000020000000000, UL)
#  define FIXADDR_TOP	_AC(0xffffffffdbfe0000, UL)
#  define HIGHMEM_START	(~0UL)
#  define FLASH_IOMAP(pa) (IO_BASE + (pa))
#  include <asm/mach-generic/spaces.h>
# else
/* sseg: 512 MB from 0xc0000000 = guest-physical 0..0x0fffffff, then
 * vmalloc, then the I/O window 0x1c000000..0x1fffffff at 0xdc000000 */
#  include <asm/mipsregs.h>
#  define PHYS_OFFSET	_AC(0, UL)
#  define IO_SPACE_LIMIT 0xffff
#  define CAC_BASE	_AC(0xc0000000, UL)
#  define IO_BASE	_AC(0xc0000000, UL)
#  define UNCAC_BASE	_AC(0xc0000000, UL)
#  define MAP_BASE	_AC(0xd0000000, UL)
#  define HIGHMEM_START	_AC(0x10000000, UL)
#  define PAGE_OFFSET	(CAC_BASE + PHYS_OFFSET)
#  define FIXADDR_TOP	_AC(0xdbfe0000, UL)
#  define FLASH_IOMAP(pa) (IO_BASE + (unsigned long)(pa))
# endif
#else
# ifdef CONFIG_64BIT
#  define CAC_BASE	_AC(0xa800000000000000, UL)	/* coherent, exclusive on write */
#  define IO_BASE	_AC(0x9000000000000000, UL)
#  define UNCAC_BASE	_AC(0x9000000000000000, UL)
#  define HIGHMEM_START	(~0UL)
# endif
# include <asm/mach-generic/spaces.h>
#endif
#endif
