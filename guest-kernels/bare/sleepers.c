// Test: CPUs that sleep nearly all the time, and wake each other and themselves at odd moments.
//   n = how often each wakes up
// Every CPU dozes until its timer or an IPI ends that, notes which and when, sends IPIs, and now
// and then computes for a while. Prints a number made of everything that was noted: it depends on
// every cycle.
#include "bare.h"

enum {
  kStack = 4096,
  kMostCpus = 64,
  kInterfaces = 0x1c400000,
  kInterfaceBytes = 0x1000,
  kIpiSet = 0x10,
  kIpiClear = 0x18,
  kLaunchSp = 0x20,
  kLaunchPc = 0x30,
  kDoze = 0x38,
  kCpuId = 0x40,
  kOwn = 0x1c3ff000,
  kController = 0x1c020000,
  kNodes = 0x08,
  kCpusPerNode = 0x10,
  kIp3 = 1 << 11,
  kIp7 = 1 << 15
};

static uint64_t wakes, cpus;
static volatile uint64_t noted[kMostCpus], finished[kMostCpus];

static volatile uint64_t* device(uint64_t offset) {
  return (volatile uint64_t*)(uintptr_t)(UINT64_C(0x9000000000000000) | offset);
}
static void sleep_for(uint32_t cycles) {
  WRITE_CP0_32(CP0_COMPARE, READ_CP0_32(CP0_COUNT) + cycles);
  *device(kOwn + kDoze) = 1;
}

static void run(uint64_t cpu) {
  uint64_t state = cpu * 0x9e3779b97f4a7c15 + 1, sum = 0;
  for (uint64_t i = 0; i < wakes; ++i) {
    state = next_xorshift(state);
    sleep_for((uint32_t)(state % 3000) + 20);
    const uint32_t cause = READ_CP0_32(CP0_CAUSE);
    sum = (sum ^ (cause & (kIp3 | kIp7)) ^ READ_CP0_32(CP0_COUNT)) * 0x9e3779b97f4a7c15;
    if (cause & kIp3) *device(kOwn + kIpiClear) = ~UINT64_C(0);
    if (state >> 20 & 1)
      *device(kInterfaces + (state >> 24) % cpus * kInterfaceBytes + kIpiSet) = 1;
    if ((state >> 40 & 7) == 0) {
      for (uint64_t k = state >> 44 & 0x7ff; k != 0; --k) sum = next_xorshift(sum | 1);
    }
  }
  noted[cpu] = sum;
  finished[cpu] = 1;
}

static void begin(void) { WRITE_CP0(CP0_STATUS, STATUS_AT_START | kIp3 | kIp7); }

static void run_launched(void) {
  begin();
  run(*device(kOwn + kCpuId) & 0xffff);
  WRITE_CP0(CP0_STATUS, STATUS_AT_START);
  for (;;) *device(kOwn + kDoze) = 1;
}

int main(void) {
  static char stacks[kMostCpus][kStack] __attribute__((aligned(16)));
  begin();
  cpus = *device(kController + kNodes) * *device(kController + kCpusPerNode);
  if (cpus > kMostCpus) fail("sleepers", "more than 64 CPUs");
  wakes = argument("n", 50);
  for (uint64_t cpu = 1; cpu < cpus; ++cpu) {
    volatile uint64_t* const interface = device(kInterfaces + cpu * kInterfaceBytes);
    interface[kLaunchSp / 8] = (uint64_t)(uintptr_t)stacks[cpu] + kStack;
    interface[kLaunchPc / 8] = (uint64_t)(uintptr_t)run_launched;
  }
  run(0);
  uint64_t sum = 0;
  for (uint64_t cpu = 0; cpu < cpus; ++cpu) {
    while (!finished[cpu]) sleep_for(5000);
    sum = sum * 31 + noted[cpu];
  }
  put_text("sleepers ");
  put_hex(sum);
  put_line("");
  return 0;
}
