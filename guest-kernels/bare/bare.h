// What a bare program can count on: a console, an exit code, arguments, and CP0.
//
// One image runs on the machine and on QEMU's malta board (for comparing speeds): the platform is
// recognised at run time by what the boot loader passed in a0.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "status.h"

/// Prints `s` as it is; put_line adds a newline.
void put_text(const char* s);
void put_line(const char* s);
void put_hex(uint64_t value);
void put_decimal(uint64_t value);

/// Ends the run. `code` is 0 .. 99; malta has no way to report it.
void finish(int code) __attribute__((noreturn));
/// Prints "PASS name" or "FAIL name: reason" and ends the run with 0 or 1.
void pass(const char* name) __attribute__((noreturn));
void fail(const char* name, const char* reason) __attribute__((noreturn));

/// Number after "name=" in the boot arguments, decimal; `otherwise` if it is not there.
uint64_t argument(const char* name, uint64_t otherwise);

/// First cell of the first device tree property called `name`; `otherwise` without one.
uint32_t property_u32(const char* name, uint32_t otherwise);

/// Named instants: the host marks the address of this function (1 = measured part begins, 2 =
/// ends).
void disco_phase_mark(uint64_t phase);

enum platform { kPlatformDisco, kPlatformMalta };
enum platform platform(void);

/// As the boot loader left them; set by start.S.
extern uint64_t boot_a0, boot_a1;

/// The device tree, or null on malta.
const void* device_tree(void);
/// Boot arguments; "" if none.
const char* boot_arguments(void);

/// One step of Marsaglia's xorshift64, period 2^64 - 1.
static inline uint64_t next_xorshift(uint64_t x) {
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  return x;
}

/// KSEG0 and KSEG1 addresses of a physical address below 512 MB.
#define KSEG0(pa) ((void*)(intptr_t)(int32_t)(0x80000000u | (uint32_t)(pa)))
#define KSEG1(pa) ((void*)(intptr_t)(int32_t)(0xa0000000u | (uint32_t)(pa)))
#define PHYSICAL(kseg) ((uint64_t)(uintptr_t)(kseg)&0x1fffffff)
