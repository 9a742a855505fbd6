// The serial port: polled output, and input for terminal.c.
#pragma once

#include <stddef.h>
#include <stdint.h>

void console_put(char c);
/// `n` characters, none of others between.
void console_write(const char* from, size_t n);
/// printf to the console; see runtime.h for the conversions.
void print(const char* text, ...) __attribute__((format(printf, 1, 2)));

/// Takes a character that arrived. 0 if there is none.
int console_get(char* c);
/// Whether the far end has hung up and everything that it sent has been taken.
int console_has_ended(void);
/// Whether the port interrupts when a character arrives or the far end hangs up.
void console_listen(int on);
