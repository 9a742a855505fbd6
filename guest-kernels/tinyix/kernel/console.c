// ns16550a, register spacing 1. See console.h.
#include "console.h"

#include <stdarg.h>

#include "machine.h"
#include "process.h"
#include "runtime.h"
#include "spinlock.h"

enum {
  kTransferData = 0,
  kInterruptEnable = 1,
  kLineStatus = 5,
  kReceiveInterrupt = 0x01,
  kDataReady = 0x01,
  kTransmitEmpty = 0x20,
};

static struct spinlock output_lock;  // lines of several processors are not mixed

static struct {
  struct spinlock lock;
  char buffer[256];
  size_t head, tail;  // monotonic; tail - head characters wait
  int awaited;
  int interrupts_on;
} input;

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

// With the lock held.
static void take_input(void) {
  while (read_device8(UART + kLineStatus) & kDataReady) {
    const char c = (char)read_device8(UART + kTransferData);
    if (input.tail - input.head < sizeof input.buffer)
      input.buffer[input.tail++ % sizeof input.buffer] = c;
  }
}

void console_interrupt(void) {
  acquire(&input.lock);
  take_input();
  release(&input.lock);
  wake(&input);
}

int console_is_awaited(void) { return input.awaited > 0; }

int64_t console_read(char* to, size_t n) {
  acquire(&input.lock);
  if (!input.interrupts_on) {
    input.interrupts_on = 1;
    write_device8(UART + kInterruptEnable, kReceiveInterrupt);
    device_interrupt_enable(kUartSource);
  }
  take_input();  // what came before anyone asked
  while (input.head == input.tail) {
    ++input.awaited;
    const int goes_on = sleep_unless_ending(&input, &input.lock);
    --input.awaited;
    if (!goes_on) break;
  }
  size_t got = 0;
  while (got < n && input.head != input.tail)
    to[got++] = input.buffer[input.head++ % sizeof input.buffer];
  release(&input.lock);
  return (int64_t)got;
}
