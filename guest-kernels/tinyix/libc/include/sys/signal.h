// The C library's <sys/signal.h>, and flags of sigaction() that change nothing here: no call is
// interrupted, and handlers run on the stack of who raises a signal.
#ifndef TINYIX_SIGNAL_H
#define TINYIX_SIGNAL_H
#include_next <sys/signal.h>

#ifndef SA_RESTART
#define SA_RESTART 0x10000000
#define SA_ONSTACK 0x20000000
#endif

#endif
