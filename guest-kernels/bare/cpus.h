// Many CPUs: who there is, how to start them, and the registers of MAGIC that bare programs use.
#pragma once

#include "bare.h"

enum {
  kMostCpus = 64,
  kOwnInterface = 0x1c3ff000,  // the processor interface of the CPU that asks
  kInterfaces = 0x1c400000,    // those of all CPUs, kInterfaceBytes apart
  kInterfaceBytes = 0x1000,
  kIpiSet = 0x10,
  kIpiClear = 0x18,
  kLaunchSp = 0x20,
  kLaunchPc = 0x30,
  kDoze = 0x38,
  kCpuId = 0x40,
  kController = 0x1c020000,
  kNodes = 0x08,
  kCpusPerNode = 0x10,
};

/// Memory of a node through XKPHYS, by its offset; every CPU here has Status.KX.
#define CACHED(node, offset) \
  ((void*)(uintptr_t)(UINT64_C(0xa800000000000000) | (uint64_t)(node) << 32 | (offset)))
#define UNCACHED(node, offset) \
  ((void*)(uintptr_t)(UINT64_C(0x9000000000000000) | (uint64_t)(node) << 32 | (offset)))
/// A register in node 0's I/O window.
static inline volatile uint64_t* device(uint64_t offset) { return UNCACHED(0, offset); }

static inline uint64_t own_number(void) { return *device(kOwnInterface + kCpuId) & 0xffff; }
static inline uint64_t own_node(void) { return *device(kOwnInterface + kCpuId) >> 16 & 0xffff; }
static inline uint64_t cpus_per_node(void) { return *device(kController + kCpusPerNode); }
static inline uint64_t node_count(void) { return *device(kController + kNodes); }
/// Of the whole machine. More than kMostCpus end the run.
uint64_t cpu_count(void);

/// Starts a parked CPU with a stack of its own, in kernel mode with 64-bit addresses and no
/// interrupt enabled. When `main` returns the CPU sleeps for ever.
void start_cpu(uint64_t cpu, void (*main)(void));
/// Waits for about that many cycles.
static inline void pause_for(uint64_t cycles) {
  for (uint64_t i = cycles / 2; i != 0; --i) __asm__ volatile("");
}
