#pragma once
#include <stddef.h>
#include <stdint.h>
typedef ptrdiff_t ssize_t;
typedef long off_t;
typedef int pid_t;
