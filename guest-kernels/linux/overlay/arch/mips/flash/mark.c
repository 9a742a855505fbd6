// SPDX-License-Identifier: GPL-2.0
/*
 * Phase marks: the machine's observer watches the address of disco_phase_mark.
 * User programs reach it by writing a number to /sys/module/flash/parameters/mark.
 */
#include <linux/kernel.h>
#include <linux/moduleparam.h>

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "flash."

void noinline disco_phase_mark(unsigned long number);
void noinline disco_phase_mark(unsigned long number)
{
	asm volatile("" : : "r" (number));
}

static int mark_set(const char *text, const struct kernel_param *param)
{
	unsigned long number;
	int error = kstrtoul(text, 0, &number);

	if (!error)
		disco_phase_mark(number);
	return error;
}

static const struct kernel_param_ops mark_ops = { .set = mark_set };
module_param_cb(mark, &mark_ops, NULL, 0200);
