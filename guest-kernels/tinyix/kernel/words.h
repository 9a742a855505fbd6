// Words of the boot arguments. Blanks end a word, except within "double quotes". A backslash in
// front of a double quote or of a backslash takes its meaning away; any other stands for itself.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Moves behind blanks. 0 if there is no further word.
int find_word(const char** at);
/// Copies the word that begins at `*at`, without its quotes and backslashes but with a zero, and
/// moves behind it. Its length, or -1 if it does not fit into `size` bytes.
int64_t cut_word(const char** at, char* to, size_t size);
