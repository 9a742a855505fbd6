// What gcc's libgcc2.c asks of a target, for big-endian MIPS IV without an operating system.
#pragma once
#ifdef __mips64
#define MIN_UNITS_PER_WORD 8
#else
#define MIN_UNITS_PER_WORD 4
#endif
#define BITS_PER_UNIT 8
