// What the parts of the runtime share; programs see include/ only.
#pragma once

/// Exit codes beside the program's own.
enum { kAbort = 90, kAssertion = 91, kException = 92 };

void _exit(int code) __attribute__((noreturn));
void write_console(int character);
