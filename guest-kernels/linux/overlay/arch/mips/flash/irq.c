// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts of devices: MAGIC's processor interface shows the pending sources
 * of the node and raises IP2 for the enabled ones.
 */
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqchip.h>
#include <linux/irqchip/chained_irq.h>
#include <linux/irqdomain.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/smp.h>
#include <asm/irq_cpu.h>
#include "flash.h"

#define PI_SOURCES	32
#define PI_CPU_IRQ	(MIPS_CPU_IRQ_BASE + 2)

void __iomem *flash_own_pi;
static void __iomem *all_pis;
static u32 pi_stride;
static struct irq_domain *pi_domain;
static DEFINE_RAW_SPINLOCK(pi_lock);

void __iomem *flash_pi_of(unsigned int number)
{
	return all_pis + number * pi_stride;
}

static unsigned int pi_number(unsigned int cpu)
{
#ifdef CONFIG_SMP
	return cpu_logical_map(cpu);
#else
	return cpu;
#endif
}

/* Enables or disables a source at the CPU that takes it. */
static void pi_enable(struct irq_data *d, unsigned int cpu, bool on)
{
	void __iomem *pi = flash_pi_of(pi_number(cpu));
	unsigned long flags;
	u32 enabled;

	raw_spin_lock_irqsave(&pi_lock, flags);
	enabled = pi_read(pi, PI_ENABLE) & ~BIT(d->hwirq);
	pi_write(on ? enabled | BIT(d->hwirq) : enabled, pi, PI_ENABLE);
	raw_spin_unlock_irqrestore(&pi_lock, flags);
}

static unsigned int pi_target(struct irq_data *d)
{
	unsigned int cpu = cpumask_first(irq_data_get_effective_affinity_mask(d));

	return cpu < nr_cpu_ids ? cpu : 0;
}

static void pi_mask(struct irq_data *d)
{
	pi_enable(d, pi_target(d), false);
}

static void pi_unmask(struct irq_data *d)
{
	pi_enable(d, pi_target(d), true);
}

static struct irq_chip pi_chip = {
	.name		= "MAGIC",
	.irq_mask	= pi_mask,
	.irq_unmask	= pi_unmask,
};

static int pi_map(struct irq_domain *domain, unsigned int irq, irq_hw_number_t source)
{
	irq_set_chip_and_handler(irq, &pi_chip, handle_level_irq);
	irq_data_update_effective_affinity(irq_get_irq_data(irq), cpumask_of(0));
	return 0;
}

static const struct irq_domain_ops pi_domain_ops = {
	.map	= pi_map,
	.xlate	= irq_domain_xlate_onecell,
};

static void pi_dispatch(struct irq_desc *desc)
{
	unsigned long pending;
	unsigned int source;

	chained_irq_enter(irq_desc_get_chip(desc), desc);
	pending = pi_read(flash_own_pi, PI_PEND) & pi_read(flash_own_pi, PI_ENABLE);
	for_each_set_bit(source, &pending, PI_SOURCES)
		generic_handle_domain_irq(pi_domain, source);
	chained_irq_exit(irq_desc_get_chip(desc), desc);
}

static int __init pi_init(struct device_node *node, struct device_node *parent)
{
	flash_own_pi = of_iomap(node, 0);
	all_pis = of_iomap(node, 1);
	if (!flash_own_pi || !all_pis ||
	    of_property_read_u32(node, "disco,pi-stride", &pi_stride))
		panic("flash: %pOF does not say where the processor interfaces are", node);

	mips_cpu_irq_init();
	pi_domain = irq_domain_add_linear(node, PI_SOURCES, &pi_domain_ops, NULL);
	if (!pi_domain)
		return -ENOMEM;
	pi_write(0, flash_own_pi, PI_ENABLE);
	irq_set_chained_handler(PI_CPU_IRQ, pi_dispatch);
	return 0;
}
IRQCHIP_DECLARE(flash_pi, "disco,magic-pi", pi_init);

void __init arch_init_irq(void)
{
	irqchip_init();
}
