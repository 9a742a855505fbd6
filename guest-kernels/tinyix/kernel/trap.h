// Traps from user mode.
#pragma once

#include "cp0.h"
#include "frame.h"

// Interrupt lines, as bits of Status.IM and Cause.IP.
#define INTERRUPT_DEVICE (1 << 10)     // IP2: MAGIC's enabled sources
#define INTERRUPT_PROCESSOR (1 << 11)  // IP3: another processor
#define INTERRUPT_TIMER (1 << 15)      // IP7: Count reached Compare
#define INTERRUPTS (INTERRUPT_DEVICE | INTERRUPT_PROCESSOR | INTERRUPT_TIMER)

/// From vectors.S, on the process's kernel stack, interrupts off.
void trap(struct trap_frame* frame);
/// Serves the pending interrupts among `lines`; 1 if the time slice is over.
int serve_interrupts(uint32_t lines);
/// Status for a program to start with.
uint64_t user_status(int is_64bit);
