#pragma once
#include <stdarg.h>
#include <stddef.h>

// Output only. stdout is written out at each newline, stderr at once; both at exit(). No long double.
typedef struct tinyix_file FILE;
extern FILE *const stdout, *const stderr;
#define EOF (-1)

int printf(const char* text, ...) __attribute__((format(printf, 1, 2)));
int fprintf(FILE* file, const char* text, ...) __attribute__((format(printf, 2, 3)));
int vfprintf(FILE* file, const char* text, va_list arguments);
int snprintf(char* to, size_t size, const char* text, ...) __attribute__((format(printf, 3, 4)));
int vsnprintf(char* to, size_t size, const char* text, va_list arguments);
int puts(const char* s);
int fputs(const char* s, FILE* file);
size_t fwrite(const void* from, size_t size, size_t count, FILE* file);
int putchar(int c);
int putc(int c, FILE* file);
int fputc(int c, FILE* file);
/// Null: both.
int fflush(FILE* file);
/// A character of standard input, unbuffered.
int getchar(void);
