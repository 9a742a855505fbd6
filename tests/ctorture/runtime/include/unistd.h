#pragma once
#include <sys/types.h>
void _exit(int) __attribute__((noreturn));
