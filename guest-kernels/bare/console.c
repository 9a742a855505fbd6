// Text out and the end of the run, on whichever platform this is.
#include "bare.h"

enum {
  kDiscoPower = 0x1c001000,
  kDiscoConsole = 0x1c001008,
  kMaltaUart = 0x180003f8,  // ns16550a
  kMaltaReset = 0x1f000500,
  kUartLineStatus = 5,
  kUartTransmitEmpty = 0x20,
  kMaltaResetRequest = 0x42,
};

static void put_byte(char c) {
  if (platform() == kPlatformDisco) {
    *(volatile uint8_t*)KSEG1(kDiscoConsole) = (uint8_t)c;
  } else {
    volatile uint8_t* uart = KSEG1(kMaltaUart);
    while (!(uart[kUartLineStatus] & kUartTransmitEmpty)) continue;
    uart[0] = (uint8_t)c;
  }
}

void put_text(const char* s) {
  while (*s) put_byte(*s++);
}

void put_line(const char* s) {
  put_text(s);
  put_byte('\n');
}

void put_hex(uint64_t value) {
  for (int shift = 60; shift >= 0; shift -= 4) put_byte("0123456789abcdef"[(value >> shift) & 15]);
}

void put_decimal(uint64_t value) {
  char digits[21];
  char* p = digits + sizeof digits - 1;
  *p = 0;
  do *--p = (char)('0' + value % 10);
  while ((value /= 10) != 0);
  put_text(p);
}

void finish(int code) {
  if (platform() == kPlatformDisco)
    *(volatile uint32_t*)KSEG1(kDiscoPower) = ((uint32_t)code << 1) | 1;
  else
    *(volatile uint32_t*)KSEG1(kMaltaReset) = kMaltaResetRequest;
  for (;;) continue;
}

void pass(const char* name) {
  put_text("PASS ");
  put_line(name);
  finish(0);
}

void fail(const char* name, const char* reason) {
  put_text("FAIL ");
  put_text(name);
  put_text(": ");
  put_line(reason);
  finish(1);
}

void unexpected_exception(uint32_t cause, uint64_t epc, uint64_t bad_vaddr);
void unexpected_exception(uint32_t cause, uint64_t epc, uint64_t bad_vaddr) {
  put_text("FAIL unexpected exception: cause ");
  put_hex(cause);
  put_text(" epc ");
  put_hex(epc);
  put_text(" badvaddr ");
  put_hex(bad_vaddr);
  put_line("");
  finish(2);
}
