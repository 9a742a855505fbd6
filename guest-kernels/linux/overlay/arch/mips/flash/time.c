// SPDX-License-Identifier: GPL-2.0
/*
 * Time: the RTC counts nanoseconds and is the clocksource; Count and Compare
 * give timer interrupts, and Count the scheduler's clock. Idle CPUs doze.
 */
#include <linux/clocksource.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/sched.h>
#include <asm/idle.h>
#include <asm/time.h>
#include "flash.h"

static void __iomem *rtc;

static u64 rtc_read(struct clocksource *cs)
{
#ifdef CONFIG_64BIT
	return __raw_readq(rtc);
#else
	unsigned long flags;
	u64 now;

	local_irq_save(flags);	/* reading the upper half latches the lower */
	now = (u64)__raw_readl(rtc) << 32;
	now |= __raw_readl(rtc + 4);
	local_irq_restore(flags);
	return now;
#endif
}

static struct clocksource rtc_clocksource = {
	.name	= "flash-rtc",
	.rating	= 400,
	.read	= rtc_read,
	.mask	= CLOCKSOURCE_MASK(64),
	.flags	= CLOCK_SOURCE_IS_CONTINUOUS,
};

/*
 * Called with interrupts off. An interrupt that arrives after need_resched()
 * is not missed: MAGIC does not let a CPU sleep while one is pending.
 */
static void flash_doze(void)
{
	if (!need_resched())
		pi_write(0, flash_own_pi, PI_DOZE);
	raw_local_irq_enable();
}

void __init plat_time_init(void)
{
	struct device_node *node = of_get_cpu_node(0, NULL);
	u32 frequency;

	if (of_property_read_u32(node, "timebase-frequency", &frequency))
		panic("flash: no timebase-frequency in the device tree");
	of_node_put(node);
	mips_hpt_frequency = frequency;

	node = of_find_compatible_node(NULL, NULL, "disco,rtc");
	if (node) {
		rtc = of_iomap(node, 0);
		clocksource_register_hz(&rtc_clocksource, NSEC_PER_SEC);
		of_node_put(node);
	}
	if (flash_own_pi)
		cpu_wait = flash_doze;
	flash_power_init();
}
