/* SPDX-License-Identifier: GPL-2.0 */
/* MAGIC's processor interface (PI), and what the files of this platform share. */
#ifndef __ARCH_MIPS_FLASH_H
#define __ARCH_MIPS_FLASH_H

#include <linux/io.h>
#include <linux/types.h>

/* Registers of 64 bits; all but LAUNCH_* have their bits in the lower half. */
#define PI_PEND		0x00	/* ro: device sources of the node */
#define PI_ENABLE	0x08	/* rw: those that raise IP2 of this CPU */
#define PI_IPI_SET	0x10	/* w1s: raises IP3 */
#define PI_IPI_CLEAR	0x18	/* w1c, reads as what is pending */
#define PI_LAUNCH_SP	0x20
#define PI_LAUNCH_GP	0x28
#define PI_LAUNCH_PC	0x30	/* a write starts the parked CPU */
#define PI_DOZE		0x38	/* a write sleeps until IP & IM != 0 */

/* The interface of the CPU that asks, whichever it is. */
extern void __iomem *flash_own_pi;
/* The interface of the CPU with this hardware number. */
extern void __iomem *flash_pi_of(unsigned int number);

static inline u32 pi_read(void __iomem *pi, int reg)
{
	return __raw_readl(pi + reg + 4);
}

static inline void pi_write(u32 value, void __iomem *pi, int reg)
{
	__raw_writel(value, pi + reg + 4);
}

/* A whole register; a 32-bit kernel's addresses are sign-extended by MAGIC. */
static inline void pi_write_long(unsigned long value, void __iomem *pi, int reg)
{
#ifdef CONFIG_64BIT
	__raw_writeq(value, pi + reg);
#else
	__raw_writel(value, pi + reg + 4);
#endif
}

/* The TLB size that the device tree gives CPU 0, or 0. */
extern int flash_tlb_entries(void);

extern void flash_power_init(void);
extern void flash_smp_register(void);
extern void flash_numa_scan(const void *fdt);
extern void flash_numa_alloc(void);

#endif
