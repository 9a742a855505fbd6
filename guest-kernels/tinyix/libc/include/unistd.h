#pragma once
#include <stddef.h>
#include <stdint.h>

typedef long ssize_t;
typedef int pid_t;

#define STDIN_FILENO 0
#define STDOUT_FILENO 1
#define STDERR_FILENO 2

// As POSIX has them, over tinyix's system calls: -1 and errno on failure. execv finds programs in
// the initial file system only.
pid_t fork(void);
int execv(const char* path, char* const argv[]);
ssize_t read(int descriptor, void* to, size_t n);
ssize_t write(int descriptor, const void* from, size_t n);
int close(int descriptor);
int pipe(int descriptors[2]);
/// Files are on the disk; see <fcntl.h>. fsync and sync return when everything that was done to
/// files before survives a power cut.
int unlink(const char* path);
int fsync(int descriptor);
void sync(void);
int dup2(int from, int to);
typedef long off_t;
enum { SEEK_SET, SEEK_CUR, SEEK_END };
off_t lseek(int descriptor, off_t offset, int whence);
/// Whether it is the console and a person sits there.
int isatty(int descriptor);
pid_t getpid(void);
void* sbrk(intptr_t by);
void _exit(int status) __attribute__((noreturn));
