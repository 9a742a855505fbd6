// See panic.h.
#include "panic.h"

#include <stdarg.h>
#include <stddef.h>

#include "console.h"
#include "machine.h"
#include "runtime.h"

static void put(void* context, char c) {
  (void)context;
  console_put(c);
}

void panic(const char* text, ...) {
  // Without print(): this processor may hold its lock.
  va_list ap;
  for (const char* c = "tinyix: panic: "; *c; ++c) console_put(*c);
  va_start(ap, text);
  format(put, NULL, text, ap);
  va_end(ap);
  console_put('\n');
  power_off(kExitPanic);
}

void panic_exception(uint32_t cause, uint64_t epc, uint64_t bad_vaddr, uint64_t ra) {
  panic("exception in the kernel: cause 0x%x pc 0x%lx address 0x%lx ra 0x%lx", cause, epc,
        bad_vaddr, ra);
}
