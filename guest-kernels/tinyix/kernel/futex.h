// Sleeping until a word in user memory changes: what locks and condition variables of user programs
// are made of. A word is known by its address space and address.
#pragma once

#include "machine.h"

/// Sleeps until futex_wake() for `address`, if the word there is `expected`. 0, -EAGAIN if it is
/// not, -EFAULT, or -EINTR if the process ends. May wake without a reason.
int64_t futex_wait(user_address address, uint32_t expected);
void futex_wake(user_address address);
