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

enum { TERMINAL_RAW = 1, TERMINAL_SHELL = 2, TERMINAL_WATCHED = 4 };
/// What is typed at the console comes in lines that can be edited, and Ctrl-C ends what runs.
/// TERMINAL_RAW: the keys as they are, until the caller ends. TERMINAL_SHELL: Ctrl-C is not for the
/// caller but for what it runs. Sets those in `change` as they are in `mode`; what holds now, with
/// TERMINAL_WATCHED if a person sits there. -1 if `descriptor` is not the console.
int terminal(int descriptor, unsigned long change, unsigned long mode);

#ifdef __cplusplus
}
#endif
