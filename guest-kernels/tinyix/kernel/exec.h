// Programs from the initial file system into address spaces.
#pragma once

#include "process.h"

/// The running process becomes the program at `path` with `argv` and `envp` (user addresses).
/// Returns only on failure before the old program is lost: a negative error. Afterwards failure
/// ends the process.
int64_t exec_process(user_address path, user_address argv, user_address envp);
/// Makes the empty process `p` the program at `path`. `arguments` is one string that words.h splits
/// and follows the path as argv[1] and on; `environment` is strings one behind the other and an
/// empty one. 0, or a negative error.
int64_t exec_first(struct process* p, const char* path, const char* arguments,
                   const char* environment);
