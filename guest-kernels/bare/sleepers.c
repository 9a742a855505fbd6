// Test: CPUs that sleep nearly all the time, and wake each other and themselves at odd moments.
//   n = how often each wakes up
// Every CPU dozes until its timer or an IPI ends that, notes which and when, sends IPIs, and now
// and then computes for a while. Prints a number made of everything that was noted: it depends on
// every cycle.
#include "cpus.h"

enum { kIp3 = 1 << 11, kIp7 = 1 << 15 };

static uint64_t wakes, cpus;
static volatile uint64_t noted[kMostCpus], finished[kMostCpus];

static void sleep_for(uint32_t cycles) {
  WRITE_CP0_32(CP0_COMPARE, READ_CP0_32(CP0_COUNT) + cycles);
  *device(kOwnInterface + kDoze) = 1;
}

static void run(void) {
  WRITE_CP0(CP0_STATUS, STATUS_AT_START | kIp3 | kIp7);
  const uint64_t cpu = own_number();
  uint64_t state = cpu * 0x9e3779b97f4a7c15 + 1, sum = 0;
  for (uint64_t i = 0; i < wakes; ++i) {
    state = next_xorshift(state);
    sleep_for((uint32_t)(state % 3000) + 20);
    const uint32_t cause = READ_CP0_32(CP0_CAUSE);
    sum = (sum ^ (cause & (kIp3 | kIp7)) ^ READ_CP0_32(CP0_COUNT)) * 0x9e3779b97f4a7c15;
    if (cause & kIp3) *device(kOwnInterface + kIpiClear) = ~UINT64_C(0);
    if (state >> 20 & 1)
      *device(kInterfaces + (state >> 24) % cpus * kInterfaceBytes + kIpiSet) = 1;
    if ((state >> 40 & 7) == 0) {
      for (uint64_t k = state >> 44 & 0x7ff; k != 0; --k) sum = next_xorshift(sum | 1);
    }
  }
  noted[cpu] = sum;
  finished[cpu] = 1;
}

int main(void) {
  cpus = cpu_count();
  wakes = argument("n", 50);
  for (uint64_t cpu = 1; cpu < cpus; ++cpu) start_cpu(cpu, run);
  run();
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
