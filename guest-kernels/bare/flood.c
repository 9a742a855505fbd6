// Says more than anybody wants to read. n=<bytes> to the serial port, a line end after every
// nl=<bytes> (0: never); with notify=<times> instead to a virtio console in slot 0: so often one
// store hands over 16 requests of a megabyte. With reset=1 the device is set up again before each,
// as it refuses to go on after one that is too much.
#include "bare.h"
#include "probe.h"
#include "runtime.h"
#include "virtio.h"

enum { kUart = 0x1c000000, kMegabyte = 1 << 20, kConsoleDevice = 3, kTransmit = 1 };

static struct virtqueue transmit;
static uint8_t text[kMegabyte];

static void set_up(void) {
  memset(&transmit, 0, sizeof transmit);
  virtio_begin("console", 0, kConsoleDevice, 0);
  virtio_add_queue(0, kTransmit, &transmit);
  virtio_start(0);
}

int main(void) {
  const uint64_t bytes = argument("n", 0), line = argument("nl", 0), times = argument("notify", 0);
  for (uint64_t i = 1; i <= bytes; i++)
    *(volatile uint8_t*)KSEG1(kUart) = line != 0 && i % line == 0 ? '\n' : 'x';
  if (times == 0) return 0;
  for (uint32_t i = 0; i < kMegabyte; i++) text[i] = i % 64 == 63 ? '\n' : 'z';
  set_up();
  for (uint64_t k = 0; k < times; k++) {
    if (k != 0 && argument("reset", 0)) set_up();
    for (uint32_t slot = 0; slot < kVirtioEntries; slot++)
      virtio_post(&transmit, slot, text, kMegabyte, 0);
    *virtio(0, kNotify) = kTransmit;
  }
  return 0;
}
