#pragma once
#include <stdint.h>

/// A named instant for whoever measures: 1 = the region of interest begins, 2 = it ends, others as
/// you like. One system call; outside a measured machine it does nothing.
void mark(unsigned long phase);
/// Nanoseconds since power-on.
uint64_t nanoseconds(void);
