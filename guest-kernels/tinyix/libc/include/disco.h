#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A named instant for whoever measures: 1 = the region of interest begins, 2 = it ends, others as
/// you like. One system call; outside a measured machine it does nothing.
void mark(unsigned long phase);
/// Nanoseconds since power-on.
uint64_t nanoseconds(void);

#ifdef __cplusplus
}
#endif
