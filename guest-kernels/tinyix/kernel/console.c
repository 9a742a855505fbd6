// ns16550a, register spacing 1. See console.h.
#include "console.h"

#include <stdarg.h>

#include "machine.h"
#include "runtime.h"
#include "spinlock.h"

enum {
  kTransferData = 0,
  kInterruptEnable = 1,
  kLineStatus = 5,
  kModemStatus = 6,
  kReceiveInterrupt = 0x01,
  kModemInterrupt = 0x08,
  kDataReady = 0x01,
  kTransmitEmpty = 0x20,
  kCarrier = 0x80,
};

static struct spinlock output_lock;  // lines of several processors are not mixed

void console_put(char c) {
  while (!(read_device8(UART + kLineStatus) & kTransmitEmpty)) continue;
  write_device8(UART + kTransferData, (uint8_t)c);
}

static void put(void* context, char c) {
  (void)context;
  console_put(c);
}

void console_write(const char* from, size_t n) {
  acquire(&output_lock);
  for (size_t i = 0; i < n; ++i) console_put(from[i]);
  release(&output_lock);
}

void print(const char* text, ...) {
  va_list ap;
  acquire(&output_lock);
  va_start(ap, text);
  format(put, NULL, text, ap);
  va_end(ap);
  release(&output_lock);
}

int console_get(char* c) {
  if (!(read_device8(UART + kLineStatus) & kDataReady)) return 0;
  *c = (char)read_device8(UART + kTransferData);
  return 1;
}

// Reading it also acknowledges that it has changed.
int console_has_ended(void) { return !(read_device8(UART + kModemStatus) & kCarrier); }

void console_listen(int on) {
  write_device8(UART + kInterruptEnable, on ? kReceiveInterrupt | kModemInterrupt : 0);
}
