// The C library's <regex.h>, which expects its caller to have included what it needs.
#ifndef TINYIX_REGEX_H
#define TINYIX_REGEX_H
#include <sys/types.h>

#include_next <regex.h>

#endif
