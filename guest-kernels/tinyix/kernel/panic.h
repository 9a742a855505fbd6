// The kernel's last words.
#pragma once

#include <stdint.h>

/// Exit codes of the kernel itself; a program's own are 0 .. 255.
enum { kExitPanic = 98, kExitLeak = 97 };

/// Prints "tinyix: panic: ..." and powers off with kExitPanic.
void panic(const char* text, ...) __attribute__((noreturn, format(printf, 1, 2)));
/// An exception in the kernel itself; called from vectors.S.
void panic_exception(uint32_t cause, uint64_t epc, uint64_t bad_vaddr, uint64_t ra)
    __attribute__((noreturn));
