// The Status that every bare program starts with.
#pragma once

#include "cp0.h"

// Kernel mode, 64-bit address spaces, RAM's vectors, no interrupts, no FPU.
#define STATUS_AT_START (STATUS_KX | STATUS_SX | STATUS_UX)
