// SPDX-License-Identifier: GPL-2.0
/*
 * Nodes: bits 39:32 of a physical address name the node, the device tree says
 * which CPU is where and how far nodes are from each other.
 */
#include <linux/init.h>
#include <linux/libfdt.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/of_fdt.h>
#include <linux/pfn.h>
#include <linux/topology.h>
#include <asm/bootinfo.h>
#include <asm/page.h>
#include <asm/pgalloc.h>
#include "flash.h"

unsigned char __node_distances[MAX_NUMNODES][MAX_NUMNODES];
struct pglist_data *__node_data[MAX_NUMNODES];
struct cpumask __node_cpumask[MAX_NUMNODES];
unsigned char flash_cpu_node[NR_CPUS];
EXPORT_SYMBOL(__node_distances);
EXPORT_SYMBOL(__node_data);
EXPORT_SYMBOL(__node_cpumask);
EXPORT_SYMBOL(flash_cpu_node);

static void __init scan_nodes(void)
{
	phys_addr_t start, end;
	u64 i;

	nodes_clear(node_possible_map);
	nodes_clear(node_online_map);
	for_each_mem_range(i, &start, &end) {
		int nid = pa_to_nid(start);

		if (nid >= MAX_NUMNODES)
			panic("flash: the kernel was built for %d nodes", MAX_NUMNODES);
		memblock_set_node(start, end - start, &memblock.memory, nid);
		node_set_state(nid, N_POSSIBLE);
		node_set_online(nid);
	}
}

static u32 __init fdt_cell(const void *fdt, int node, const char *name, u32 otherwise)
{
	const __be32 *cell;
	int len;

	cell = fdt_getprop(fdt, node, name, &len);
	return cell && len == 4 ? be32_to_cpup(cell) : otherwise;
}

static void __init scan_cpus(const void *fdt)
{
	int node, cpu = 0;

	fdt_for_each_subnode(node, fdt, fdt_path_offset(fdt, "/cpus")) {
		u32 nid = fdt_cell(fdt, node, "numa-node-id", 0);

		if (cpu == NR_CPUS)
			break;
		if (nid >= MAX_NUMNODES || !node_online(nid))
			nid = 0;
		flash_cpu_node[cpu] = nid;
		cpumask_set_cpu(cpu++, &__node_cpumask[nid]);
	}
}

static void __init scan_distances(const void *fdt)
{
	int map = fdt_node_offset_by_compatible(fdt, -1, "numa-distance-map-v1");
	const __be32 *cell;
	int from, to, len, i;

	for (from = 0; from < MAX_NUMNODES; from++)
		for (to = 0; to < MAX_NUMNODES; to++)
			__node_distances[from][to] =
				from == to ? LOCAL_DISTANCE : REMOTE_DISTANCE;
	cell = map < 0 ? NULL : fdt_getprop(fdt, map, "distance-matrix", &len);
	for (i = 0; cell && i + 3 <= len / 4; i += 3) {
		from = be32_to_cpu(cell[i]);
		to = be32_to_cpu(cell[i + 1]);
		if (from < MAX_NUMNODES && to < MAX_NUMNODES)
			__node_distances[from][to] = be32_to_cpu(cell[i + 2]);
	}
}

/* Before the kernel's own memory is reserved: nothing may be allocated here. */
void __init flash_numa_scan(const void *fdt)
{
	scan_nodes();
	scan_cpus(fdt);
	scan_distances(fdt);
}

/* Each node's description lies in its own memory. */
void __init flash_numa_alloc(void)
{
	int nid;

	for_each_online_node(nid) {
		unsigned long start, end;
		struct pglist_data *data =
			memblock_alloc_node(sizeof(*data), SMP_CACHE_BYTES, nid);

		if (!data)
			panic("flash: no memory for node %d", nid);
		get_pfn_range_for_nid(nid, &start, &end);
		data->node_start_pfn = start;
		data->node_spanned_pages = end - start;
		__node_data[nid] = data;
	}
}

pg_data_t * __init arch_alloc_nodedata(int nid)
{
	return memblock_alloc(sizeof(pg_data_t), SMP_CACHE_BYTES);
}

void arch_refresh_nodedata(int nid, pg_data_t *data)
{
	__node_data[nid] = data;
}

void __init paging_init(void)
{
	unsigned long zones[MAX_NR_ZONES] = { 0, };

	pagetable_init();
	zones[ZONE_NORMAL] = max_low_pfn;
	free_area_init(zones);
}

extern void setup_zero_pages(void);

void __init mem_init(void)
{
	high_memory = (void *)__va(PFN_PHYS(max_low_pfn));
	memblock_free_all();
	setup_zero_pages();
}
