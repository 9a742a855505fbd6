#pragma once
#include <stdarg.h>
#include <stddef.h>
typedef struct FILE FILE;
extern FILE *stdin, *stdout, *stderr;
#define EOF (-1)
#define BUFSIZ 1024
int printf(const char*, ...) __attribute__((format(printf, 1, 2)));
int fprintf(FILE*, const char*, ...) __attribute__((format(printf, 2, 3)));
int sprintf(char*, const char*, ...) __attribute__((format(printf, 2, 3)));
int snprintf(char*, size_t, const char*, ...) __attribute__((format(printf, 3, 4)));
int vprintf(const char*, va_list), vfprintf(FILE*, const char*, va_list),
    vsprintf(char*, const char*, va_list);
int vsnprintf(char*, size_t, const char*, va_list);
int puts(const char*), putchar(int), fputs(const char*, FILE*), fputc(int, FILE*), putc(int, FILE*),
    fflush(FILE*);
int fputs_unlocked(const char*, FILE*);
size_t fwrite(const void*, size_t, size_t, FILE*);
