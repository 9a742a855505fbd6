// The C library's <sys/features.h>, and which options of POSIX this system has besides.
#ifndef TINYIX_FEATURES_H
#define TINYIX_FEATURES_H
#include_next <sys/features.h>

#define _READ_WRITE_RETURN_TYPE _ssize_t
#define _POSIX_TIMERS 1
#define _POSIX_MONOTONIC_CLOCK 200112L
#define _POSIX_CPUTIME 200112L
#define _POSIX_TIMEOUTS 200112L
#define _POSIX_THREADS 200112L
#define _POSIX_SPIN_LOCKS 200112L
#define _POSIX_BARRIERS 200112L
#define _POSIX_READER_WRITER_LOCKS 200112L
#define _UNIX98_THREAD_MUTEX_ATTRIBUTES 1

#endif
