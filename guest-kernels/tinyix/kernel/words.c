// See words.h.
#include "words.h"

int find_word(const char** at) {
  while (**at == ' ') ++*at;
  return **at != 0;
}

int64_t cut_word(const char** at, char* to, size_t size) {
  const char* p = *at;
  size_t length = 0;
  int is_quoted = 0;
  for (; *p && (is_quoted || *p != ' '); ++p) {
    if (*p == '"') {
      is_quoted = !is_quoted;
      continue;
    }
    if (p[0] == '\\' && (p[1] == '"' || p[1] == '\\')) ++p;
    if (length + 1 >= size) return -1;
    to[length++] = *p;
  }
  if (size == 0) return -1;
  to[length] = 0;
  *at = p;
  return (int64_t)length;
}
