// Do the machine's own registers answer as its memory map says: RTC, MAGIC processor interface,
// UART, timer, doze? Only on the machine.
#include "probe.h"

enum {
  kUart = 0x1c000000,
  kRtc = 0x1c002000,
  kPi = 0x1c3ff000,
  kPiPend = 0x00,
  kPiEnable = 0x08,
  kPiIpiSet = 0x10,
  kPiIpiClear = 0x18,
  kPiDoze = 0x38,
  kPiCpuId = 0x40,
  kIp2 = 1 << 10,
  kIp3 = 1 << 11,
  kIp7 = 1 << 15,
};

static volatile uint64_t* register64(uint32_t pa) { return KSEG1(pa); }
static volatile uint32_t* register32(uint32_t pa) { return KSEG1(pa); }
static volatile uint8_t* register8(uint32_t pa) { return KSEG1(pa); }

static void rtc(void) {
  const uint64_t before = *register64(kRtc);
  for (volatile int i = 0; i < 1000; ++i) continue;
  const uint64_t after = *register64(kRtc);
  check(after > before, "rtc", "counts up");
  const uint64_t high = *register32(kRtc), low = *register32(kRtc + 4);
  check((high << 32 | low) >= after && (high << 32 | low) < after + 1000000, "rtc",
        "two 32-bit halves make one");
}

static void processor_interface(void) {
  check(*register64(kPi + kPiCpuId) == *register64(0x1c400000 + kPiCpuId), "pi", "CPU 0 is CPU 0");
  check((READ_CP0_32(CP0_CAUSE) & (kIp2 | kIp3)) == 0, "pi", "quiet at first");
  *register64(kPi + kPiIpiSet) = 1;
  check(READ_CP0_32(CP0_CAUSE) & kIp3, "pi", "IPI_SET raises IP3");
  *register64(kPi + kPiIpiClear) = 1;
  check(!(READ_CP0_32(CP0_CAUSE) & kIp3), "pi", "IPI_CLEAR lowers it");
  *register64(kPi + kPiEnable) = UINT64_C(0x1234500000000000);
  check(*register32(kPi + kPiEnable) == 0x12345000, "pi", "a 32-bit access reads half a register");
  *register64(kPi + kPiEnable) = 0;
}

static void uart(void) {
  check((*register8(kUart + 5) & 0x60) == 0x60, "uart", "ready to transmit");
  *register8(kUart + 7) = 0x5a;
  check(*register8(kUart + 7) == 0x5a, "uart", "scratch register");
  // With its transmit interrupt enabled an idle UART asks for service: source 0.
  *register8(kUart + 1) = 2;
  check(*register64(kPi + kPiPend) & 1, "uart", "source 0 is pending");
  check(!(READ_CP0_32(CP0_CAUSE) & kIp2), "uart", "but not enabled");
  *register64(kPi + kPiEnable) = 1;
  check(READ_CP0_32(CP0_CAUSE) & kIp2, "uart", "ENABLE lets it through to IP2");
  *register8(kUart + 1) = 0;
  check(!(READ_CP0_32(CP0_CAUSE) & kIp2), "uart", "and quiet again");
  *register64(kPi + kPiEnable) = 0;
}

// Dozing ends by an interrupt that IM enables, although IE = 0, and costs no instructions.
static void doze(void) {
  WRITE_CP0_32(CP0_STATUS, STATUS_AT_START | 0x80 << STATUS_IM_SHIFT);
  const uint32_t start = READ_CP0_32(CP0_COUNT);
  WRITE_CP0_32(CP0_COMPARE, start + 100000);
  unsigned naps = 0;
  while (!(READ_CP0_32(CP0_CAUSE) & kIp7)) {
    *register64(kPi + kPiDoze) = 1;
    ++naps;
  }
  check(READ_CP0_32(CP0_COUNT) - start >= 100000, "doze", "until the timer");
  check(naps <= 2, "doze", "sleeps");
  const uint32_t awake = READ_CP0_32(CP0_COUNT);
  *register64(kPi + kPiDoze) = 1;
  check(READ_CP0_32(CP0_COUNT) - awake < 1000, "doze",
        "does nothing while an interrupt is pending");
  WRITE_CP0_32(CP0_COMPARE, 0);
  WRITE_CP0_32(CP0_STATUS, STATUS_AT_START);
}

int main(void) {
  if (platform() != kPlatformDisco) pass("devices (none of ours here)");
  rtc();
  processor_interface();
  uart();
  doze();
  report("devices");
}
