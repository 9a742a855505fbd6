// The serial console: polled output, interrupt-driven line input.
#pragma once

#include <stddef.h>
#include <stdint.h>

void console_put(char c);
/// `n` characters, none of others between.
void console_write(const char* from, size_t n);
/// printf to the console; see runtime.h for the conversions.
void print(const char* text, ...) __attribute__((format(printf, 1, 2)));

/// Characters that arrived, into `to`, at most `n`; sleeps while there are none. Returns their
/// number.
int64_t console_read(char* to, size_t n);
/// The UART asked for service.
void console_interrupt(void);
/// A process sleeps for input: there is something to doze for.
int console_is_awaited(void);
