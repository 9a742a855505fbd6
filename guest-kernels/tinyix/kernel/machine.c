// Power, clock and processor interface. See machine.h.
#include "machine.h"

#include "cp0.h"
#include "panic.h"
#include "trap.h"

enum { kPiEnable = 0x08, kPiDoze = 0x38, kUartSource = 1 };

void power_off(uint64_t code) {
  write_device32(POWER, (uint32_t)(code << 1) | 1);
  for (;;) continue;
}

uint64_t nanoseconds(void) { return read_device64(RTC); }

static uint32_t slice;  // in ticks of Count, half the processor's clock

void timer_start(uint64_t hertz, uint64_t microseconds) {
  const uint64_t ticks = hertz / 2 * microseconds / 1000000;
  if (ticks < 1000 || ticks > UINT32_MAX / 2)
    panic("a time slice of %lu us is out of range", microseconds);
  slice = (uint32_t)ticks;
  WRITE_CP0_32(CP0_COMPARE, READ_CP0_32(CP0_COUNT) + slice);
}

void timer_tick(void) {
  // From now, not from the last one: a slice that was late must not make the next one short.
  WRITE_CP0_32(CP0_COMPARE, READ_CP0_32(CP0_COUNT) + slice);
}

void doze(void) {
  // The doze ends when an interrupt is pending whose IM bit is set, whatever IE says. Only devices:
  // an idle machine needs no time slices.
  WRITE_CP0_32(CP0_STATUS, STATUS_KX | INTERRUPT_DEVICE);
  write_device64(PROCESSOR_INTERFACE + kPiDoze, 1);
  WRITE_CP0_32(CP0_STATUS, STATUS_KX);
}

void enable_console_interrupt(void) {
  write_device64(PROCESSOR_INTERFACE + kPiEnable, kUartSource);
}
