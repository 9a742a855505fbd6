// SPDX-License-Identifier: GPL-2.0
/*
 * Boot: what the kernel must know before it has a device model comes from the
 * flattened tree.
 */
#include <linux/init.h>
#include <linux/io.h>
#include <linux/libfdt.h>
#include <linux/of_fdt.h>
#include <asm/bootinfo.h>
#include <asm/cpu-info.h>
#include <asm/prom.h>
#include <asm/setup.h>
#include <asm/traps.h>
#include "flash.h"

const char *get_system_type(void)
{
	return "Disco FLASH";
}

/* The vectors live in cached memory; there is no uncached copy to install. */
static void flash_ebase_setup(void)
{
	board_cache_error_setup = NULL;
}

int flash_tlb_entries(void)
{
	const void *fdt = get_fdt();
	const __be32 *entries;
	int node = fdt_path_offset(fdt, "/cpus/cpu@0"), len;

	if (node < 0)
		return 0;
	entries = fdt_getprop(fdt, node, "disco,tlb-entries", &len);
	return entries && len == 4 ? be32_to_cpup(entries) : 0;
}

static void __init early_console(const void *fdt)
{
	int node = fdt_node_offset_by_compatible(fdt, -1, "ns16550a");
	const __be32 *reg, *shift;
	int len;

	if (node < 0)
		return;
	reg = fdt_getprop(fdt, node, "reg", &len);
	if (!reg || len < 16)	/* two address cells, two size cells */
		return;
	shift = fdt_getprop(fdt, node, "reg-shift", NULL);
	setup_8250_early_printk_port(
		(unsigned long)ioremap(be32_to_cpu(reg[1]), be32_to_cpu(reg[3])),
		shift ? be32_to_cpup(shift) : 0, 10000);
}

void __init prom_init(void)
{
	const void *fdt = get_fdt();

	board_ebase_setup = flash_ebase_setup;
	if (!fdt)
		return;
	early_console(fdt);
	if (flash_tlb_entries())
		cpu_data[0].tlbsize = flash_tlb_entries();
}

void __init plat_mem_setup(void)
{
	void *fdt = get_fdt();

	if (!fdt)
		panic("flash: the boot loader passed no device tree");
	__dt_setup_arch(fdt);
	strscpy(arcs_cmdline, boot_command_line, COMMAND_LINE_SIZE);
	if (IS_ENABLED(CONFIG_NUMA))
		flash_numa_scan(fdt);
}

void __init device_tree_init(void)
{
	unflatten_and_copy_device_tree();
	if (IS_ENABLED(CONFIG_NUMA))
		flash_numa_alloc();
	if (IS_ENABLED(CONFIG_SMP))
		flash_smp_register();
}
