#include "cpus.h"

#include "status.h"

enum { kStack = 8192 };

static void (*volatile mains[kMostCpus])(void);

uint64_t cpu_count(void) {
  const uint64_t count = node_count() * cpus_per_node();
  if (count > kMostCpus) fail("cpu_count", "more than 64 CPUs");
  return count;
}

static void begin(void) {
  WRITE_CP0(CP0_STATUS, STATUS_AT_START);
  mains[own_number()]();
  WRITE_CP0(CP0_STATUS, STATUS_AT_START);
  for (;;) *device(kOwnInterface + kDoze) = 1;
}

void start_cpu(uint64_t cpu, void (*main)(void)) {
  static char stacks[kMostCpus][kStack] __attribute__((aligned(16)));
  volatile uint64_t* const interface = device(kInterfaces + cpu * kInterfaceBytes);
  mains[cpu] = main;
  interface[kLaunchSp / 8] = (uint64_t)(uintptr_t)stacks[cpu] + kStack;
  interface[kLaunchPc / 8] = (uint64_t)(uintptr_t)begin;
}
