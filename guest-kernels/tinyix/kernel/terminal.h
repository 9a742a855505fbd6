// The terminal on the console: what is typed becomes lines that processes read. A line can be
// edited until it ends (backspace, Ctrl-W a word, Ctrl-U all); Ctrl-D ends it where it is, an empty
// one is the end of file; Ctrl-C throws it away and ends the programs in the foreground. If a
// person sits there, what is typed is echoed.
//
// When the far end has hung up, whatever is left is given, and then every read is the end of file.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct process;

/// `is_watched`: a person sees what is printed and types.
void terminal_start(int is_watched);

/// At most `n` characters of a line, into `to`; sleeps until there is one. Their number, 0 at the
/// end, or -EINTR if the process is to end.
int64_t terminal_read(char* to, size_t n);
/// terminal() in abi/tinyix.h.
int64_t terminal_control(uint64_t change, uint64_t mode);

/// The serial port asked for service.
void terminal_interrupt(void);
/// A process sleeps for input: there is something to doze for.
int terminal_is_awaited(void);
/// `p` ends: the terminal is not left as only it wanted it.
void terminal_leave(const struct process* p);
