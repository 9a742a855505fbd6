// SPDX-License-Identifier: GPL-2.0
/* Several CPUs: inter-processor interrupts through IP3, launch of parked CPUs. */
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/of.h>
#include <linux/sched/task_stack.h>
#include <linux/smp.h>
#include <asm/irq_cpu.h>
#include <asm/processor.h>
#include <asm/smp-ops.h>
#include <asm/time.h>
#include <asm/tlbflush.h>
#include "flash.h"

#define IPI_CPU_IRQ	(MIPS_CPU_IRQ_BASE + 3)

static void flash_send_ipi_single(int cpu, unsigned int action)
{
	mb();
	pi_write(action, flash_pi_of(cpu_logical_map(cpu)), PI_IPI_SET);
}

static void flash_send_ipi_mask(const struct cpumask *mask, unsigned int action)
{
	int cpu;

	for_each_cpu(cpu, mask)
		flash_send_ipi_single(cpu, action);
}

static irqreturn_t flash_ipi(int irq, void *unused)
{
	u32 action = pi_read(flash_own_pi, PI_IPI_CLEAR);

	pi_write(action, flash_own_pi, PI_IPI_CLEAR);
	if (action & SMP_RESCHEDULE_YOURSELF)
		scheduler_ipi();
	if (action & SMP_CALL_FUNCTION)
		generic_smp_call_function_interrupt();
	return IRQ_HANDLED;
}

static void __init flash_smp_setup(void)
{
	struct device_node *node;
	int cpu = 0;

	for_each_of_cpu_node(node) {
		u32 number;

		if (cpu >= NR_CPUS || of_property_read_u32(node, "reg", &number))
			continue;
		set_cpu_possible(cpu, true);
		set_cpu_present(cpu, true);
		__cpu_number_map[number] = cpu;
		__cpu_logical_map[cpu] = number;
		cpu++;
	}
}

static void __init flash_prepare_cpus(unsigned int max)
{
	if (num_possible_cpus() > 1 &&
	    request_irq(IPI_CPU_IRQ, flash_ipi, IRQF_PERCPU | IRQF_NO_THREAD, "ipi", NULL))
		panic("flash: no inter-processor interrupt");
}

static int flash_boot_secondary(int cpu, struct task_struct *idle)
{
	void __iomem *pi = flash_pi_of(cpu_logical_map(cpu));

	pi_write_long((unsigned long)__KSTK_TOS(idle), pi, PI_LAUNCH_SP);
	pi_write_long((unsigned long)task_thread_info(idle), pi, PI_LAUNCH_GP);
	mb();
	pi_write_long((unsigned long)&smp_bootstrap, pi, PI_LAUNCH_PC);
	return 0;
}

static void flash_init_secondary(void)
{
	if (flash_tlb_entries()) {
		current_cpu_data.tlbsize = flash_tlb_entries();
		local_flush_tlb_all();
	}
	set_c0_status(STATUSF_IP2 | STATUSF_IP3 | STATUSF_IP7);
}

static void flash_smp_finish(void)
{
	write_c0_compare(read_c0_count() + mips_hpt_frequency / HZ);
	local_irq_enable();
}

static const struct plat_smp_ops flash_smp_ops = {
	.send_ipi_single	= flash_send_ipi_single,
	.send_ipi_mask		= flash_send_ipi_mask,
	.init_secondary		= flash_init_secondary,
	.smp_finish		= flash_smp_finish,
	.boot_secondary		= flash_boot_secondary,
	.smp_setup		= flash_smp_setup,
	.prepare_cpus		= flash_prepare_cpus,
};

void __init flash_smp_register(void)
{
	register_smp_ops(&flash_smp_ops);
}
