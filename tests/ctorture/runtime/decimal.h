// A double in decimal, exactly rounded.
#pragma once

#include <stddef.h>

/// Writes |value| as printf's `conversion` (e E f F g G) with `precision` (-1: 6) does, without a sign and
/// without a terminating 0, and returns its length. At most `size` characters are written.
size_t format_decimal(char* text, size_t size, double value, char conversion, int precision, int alternate);
