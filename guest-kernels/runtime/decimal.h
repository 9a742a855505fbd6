// A double in decimal, exactly rounded, computed with integers.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Writes |value| of the double with these `bits` as printf's `conversion` (e E f F g G) with
/// `precision` (-1: 6) does, without a sign and without a terminating 0, and returns its length. At
/// most `size` characters are written.
size_t format_decimal(char* text, size_t size, uint64_t bits, char conversion, int precision,
                      int alternate);
