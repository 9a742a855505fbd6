// System calls; numbers and convention in abi/tinyix.h.
#pragma once

#include "frame.h"

/// Number and arguments from the frame, the result into it.
void syscall(struct trap_frame* frame);
