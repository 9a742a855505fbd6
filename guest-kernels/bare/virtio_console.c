// A virtio console from the guest's side: prints, and says what is typed back in capitals, line by
// line, until a line is empty. The device is in slot 0.
#include "probe.h"
#include "runtime.h"
#include "virtio.h"

enum {
  kPi = 0x1c3ff000,
  kPend = 0x00,
  kEnable = 0x08,
  kDoze = 0x38,
  kSlot = 0,
  kReceive = 0,
  kTransmit = 1,
  kConsoleDevice = 3
};

static struct virtqueue receive, transmit;
static uint8_t in[8], out[80];

static void print(const char* text, uint32_t bytes) {
  uint32_t written;
  memcpy(out, text, bytes);
  virtio_post(&transmit, 0, out, bytes, 0);
  *virtio(kSlot, kNotify) = kTransmit;
  check(virtio_take(&transmit, &written) == 0 && written == 0, "console", "output takes no time");
  *virtio(kSlot, kAck) = 1;
}

static void offer(void) {
  virtio_post(&receive, 0, in, sizeof in, kDeviceWrites);
  *virtio(kSlot, kNotify) = kReceive;
}

// The next typed byte, of buffers of eight.
static uint8_t next_byte(void) {
  static uint32_t have, at;
  if (at == have) {
    if (have != 0) offer();
    while (virtio_take(&receive, &have) < 0) *(volatile uint64_t*)KSEG1(kPi + kDoze) = 0;
    check(*(volatile uint64_t*)KSEG1(kPi + kPend) >> (kVirtioSource + kSlot) & 1, "console",
          "input raises the source");
    *virtio(kSlot, kAck) = 1;
    check(have > 0 && have <= sizeof in, "console", "a buffer is not overrun");
    at = 0;
  }
  return in[at++];
}

int main(void) {
  virtio_begin("console", kSlot, kConsoleDevice, 0);
  virtio_add_queue(kSlot, kReceive, &receive);
  virtio_add_queue(kSlot, kTransmit, &transmit);
  virtio_start(kSlot);
  // A doze ends when the device's source rises; the interrupt itself stays masked.
  *(volatile uint64_t*)KSEG1(kPi + kEnable) = 1 << (kVirtioSource + kSlot);
  WRITE_CP0_32(CP0_STATUS, STATUS_AT_START | 1 << 10);
  offer();
  print("ready\n", 6);
  for (;;) {
    char line[64];
    uint32_t length = 0;
    for (uint8_t c = next_byte(); c != '\n'; c = next_byte())
      if (length < sizeof line - 1) line[length++] = (char)(c >= 'a' && c <= 'z' ? c - 32 : c);
    if (length == 0) break;
    line[length++] = '\n';
    print(line, length);
  }
  report("console");
}
