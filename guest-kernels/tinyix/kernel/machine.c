// Power, clock and processor interface. See machine.h.
#include "machine.h"

#include "cp0.h"
#include "cpu.h"
#include "panic.h"
#include "trap.h"

enum {
  kPiEnable = 0x08,
  kPiInterruptSet = 0x10,
  kPiInterruptClear = 0x18,
  kPiLaunchSp = 0x20,
  kPiLaunchGp = 0x28,
  kPiLaunchPc = 0x30,
  kPiDoze = 0x38,
};

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
}

void timer_begin(void) {
  // From now, not from the last one: a slice that was late must not make the next one short.
  WRITE_CP0_32(CP0_COMPARE, READ_CP0_32(CP0_COUNT) + slice);
}

void doze(void) {
  // The doze ends when an interrupt is pending whose IM bit is set, whatever IE says. Not the
  // timer's: an idle processor needs no time slices.
  WRITE_CP0_32(CP0_STATUS, STATUS_KX | INTERRUPT_DEVICE | INTERRUPT_PROCESSOR);
  write_device64(OWN_PROCESSOR_INTERFACE + kPiDoze, 1);
  WRITE_CP0_32(CP0_STATUS, STATUS_KX);
}

void device_interrupt_enable(uint32_t source) {
  static uint64_t enabled;
  enabled |= (uint64_t)1 << source;
  write_device64(PROCESSOR_INTERFACE(cpus[0].number) + kPiEnable, enabled);
}

void processor_launch(uint32_t number, uint64_t pc, uint64_t sp, uint64_t gp) {
  write_device64(PROCESSOR_INTERFACE(number) + kPiLaunchSp, sp);
  write_device64(PROCESSOR_INTERFACE(number) + kPiLaunchGp, gp);
  write_device64(PROCESSOR_INTERFACE(number) + kPiLaunchPc, pc);
}

void processor_interrupt(uint32_t number) {
  write_device64(PROCESSOR_INTERFACE(number) + kPiInterruptSet, 1);
}

void processor_interrupt_acknowledge(void) {
  write_device64(OWN_PROCESSOR_INTERFACE + kPiInterruptClear, 1);
}
