// Formatted output. See <stdio.h>.
#include <stdio.h>

#include <string.h>
#include <unistd.h>

#include "runtime.h"

struct tinyix_file {
  int descriptor;
  int keep_lines;  // buffered until a newline
  size_t used;
  char buffer[256];
};

static struct tinyix_file out = {.descriptor = STDOUT_FILENO, .keep_lines = 1};
static struct tinyix_file err = {.descriptor = STDERR_FILENO};
FILE *const stdout = &out, *const stderr = &err;

int fflush(FILE* file) {
  if (!file) return fflush(stdout) | fflush(stderr);
  const ssize_t n = (ssize_t)file->used;
  file->used = 0;
  return n == 0 || write(file->descriptor, file->buffer, (size_t)n) == n ? 0 : EOF;
}

static void put(void* context, char c) {
  FILE* const file = context;
  file->buffer[file->used++] = c;
  if (file->used == sizeof file->buffer || (file->keep_lines && c == '\n')) fflush(file);
}

int vfprintf(FILE* file, const char* text, va_list arguments) {
  const int n = format(put, file, text, arguments);
  if (!file->keep_lines) fflush(file);
  return n;
}

int fprintf(FILE* file, const char* text, ...) {
  va_list ap;
  va_start(ap, text);
  const int n = vfprintf(file, text, ap);
  va_end(ap);
  return n;
}

int printf(const char* text, ...) {
  va_list ap;
  va_start(ap, text);
  const int n = vfprintf(stdout, text, ap);
  va_end(ap);
  return n;
}

size_t fwrite(const void* from, size_t size, size_t count, FILE* file) {
  for (size_t i = 0; i < size * count; ++i) put(file, ((const char*)from)[i]);
  if (!file->keep_lines) fflush(file);
  return count;
}

int fputs(const char* s, FILE* file) {
  fwrite(s, 1, strlen(s), file);
  return 0;
}

int puts(const char* s) {
  fputs(s, stdout);
  return putchar('\n');
}

int fputc(int c, FILE* file) {
  const char byte = (char)c;
  fwrite(&byte, 1, 1, file);
  return (unsigned char)c;
}

int putc(int c, FILE* file) { return fputc(c, file); }
int putchar(int c) { return fputc(c, stdout); }

int getchar(void) {
  unsigned char c;
  fflush(stdout);
  return read(STDIN_FILENO, &c, 1) == 1 ? c : EOF;
}

struct bounded {
  char* to;
  size_t size, used;
};

static void put_bounded(void* context, char c) {
  struct bounded* const b = context;
  if (b->used + 1 < b->size) b->to[b->used++] = c;
}

int vsnprintf(char* to, size_t size, const char* text, va_list arguments) {
  struct bounded b = {to, size, 0};
  const int n = format(put_bounded, &b, text, arguments);
  if (size != 0) to[b.used] = 0;
  return n;
}

int snprintf(char* to, size_t size, const char* text, ...) {
  va_list ap;
  va_start(ap, text);
  const int n = vsnprintf(to, size, text, ap);
  va_end(ap);
  return n;
}
