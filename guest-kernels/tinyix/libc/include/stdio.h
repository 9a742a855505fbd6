// The C library's <stdio.h>, and two functions of POSIX that it declares under other names.
#ifndef TINYIX_STDIO_H
#define TINYIX_STDIO_H
#include_next <stdio.h>

#if __POSIX_VISIBLE >= 200809
#ifdef __cplusplus
extern "C" {
#endif
ssize_t getline(char** text, size_t* room, FILE* file);
ssize_t getdelim(char** text, size_t* room, int end, FILE* file);
#ifdef __cplusplus
}
#endif
#endif

#endif
