// SPDX-License-Identifier: GPL-2.0
/*
 * The end of a run. reboot(LINUX_REBOOT_CMD_RESTART2, "exit N") ends it with
 * exit code N, a panic with 97, halt and power off with 0.
 */
#include <linux/kernel.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/panic_notifier.h>
#include <linux/pm.h>
#include <asm/reboot.h>
#include "flash.h"

#define POWER_RESET	2
#define PANIC_CODE	97

static void __iomem *power;

static void power_write(u32 value)
{
	if (power)
		__raw_writel(value, power);
	for (;;)
		cpu_relax();
}

static void power_exit(u32 code)
{
	power_write(code ? code << 1 | 1 : 0);
}

static void flash_power_off(void)
{
	power_exit(0);
}

static void flash_restart(char *command)
{
	unsigned int code;

	if (command && sscanf(command, "exit %u", &code) == 1)
		power_exit(code);
	power_write(POWER_RESET);
}

static int flash_panic(struct notifier_block *block, unsigned long event, void *text)
{
	if (power)
		power_exit(PANIC_CODE);
	return NOTIFY_DONE;
}

static struct notifier_block panic_block = {
	.notifier_call	= flash_panic,
	.priority	= INT_MIN,
};

void __init flash_power_init(void)
{
	struct device_node *node = of_find_compatible_node(NULL, NULL, "disco,power");

	if (node) {
		power = of_iomap(node, 0);
		of_node_put(node);
	}
	_machine_restart = flash_restart;
	_machine_halt = flash_power_off;
	pm_power_off = flash_power_off;
	atomic_notifier_chain_register(&panic_notifier_list, &panic_block);
}
