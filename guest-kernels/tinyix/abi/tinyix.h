// What the kernel and user programs agree on: system call numbers and error numbers.
//
// Calling: `syscall` outside a delay slot, number in v0, arguments in a0 .. a3 (pointers and longs;
// 64-bit values only behind pointers, so that o32 and n64 are alike); result in v0, negative error
// number on failure. All registers but v0 are preserved.
#pragma once

// Ends the process: its first thread and those that SYS_THREAD made with TINYIX_THREAD_OF_PROCESS.
#define SYS_EXIT 1
#define SYS_FORK 2
// path, argv, envp
#define SYS_EXEC 3
// status, pid (-1: any child), 1: do not wait; 0 then says that none has ended
#define SYS_WAIT 4
#define SYS_READ 5
#define SYS_WRITE 6
#define SYS_CLOSE 7
#define SYS_PIPE 8
#define SYS_SBRK 9
#define SYS_GETPID 10
#define SYS_YIELD 11
#define SYS_TIME 12
#define SYS_MARK 13
// entry, argument, stack, kind
#define SYS_THREAD 14
#define SYS_PROCESSORS 15
#define SYS_WHERE 16
#define SYS_OPEN 17
#define SYS_UNLINK 18
#define SYS_FSYNC 19
#define SYS_SYNC 20
#define SYS_FSTAT 21
#define SYS_LSEEK 22
#define SYS_DUP2 23
// What `rdhwr $29` answers in the calling thread from now on.
#define SYS_THREAD_POINTER 24
// address of a 32-bit word, expected: sleeps if the word is as expected. EAGAIN if it is not.
#define SYS_FUTEX_WAIT 25
// Wakes all that sleep on the word at the address.
#define SYS_FUTEX_WAKE 26
// Ends the calling thread only.
#define SYS_THREAD_EXIT 27
// pid, signal: ends that process as by this signal; 0 only asks whether it exists.
#define SYS_KILL 28
// from, to
#define SYS_RENAME 29
// fd, change, mode: how the console is typed at (below)
#define SYS_TERMINAL 30

// Kinds of threads: one that wait() collects, or one that belongs to its maker's process: the same
// pid and descriptors, and they end together.
#define TINYIX_THREAD_CHILD 0
#define TINYIX_THREAD_OF_PROCESS 1

// open()
#define TINYIX_O_RDONLY 0
#define TINYIX_O_WRONLY 1
#define TINYIX_O_RDWR 2
#define TINYIX_O_CREAT 0x100
#define TINYIX_O_TRUNC 0x200
#define TINYIX_O_APPEND 0x400
#define TINYIX_O_EXCL 0x800
#define TINYIX_O_DIRECTORY 0x1000  // with TINYIX_O_CREAT: a directory is made

// fstat() gives four 64-bit numbers: type (1 file, 2 directory, 3 console, 4 pipe), size, links,
// number.

// terminal(fd, change, mode): sets what is in `change` as it is in `mode`; what holds now.
#define TINYIX_TERMINAL_RAW 1      // keys as they are, no lines, no echo; until the caller ends
#define TINYIX_TERMINAL_SHELL 2    // Ctrl-C is not for the caller but for what it runs
#define TINYIX_TERMINAL_WATCHED 4  // a person sits there

// Numbers as the C library has them (newlib's <sys/errno.h>).
#define TINYIX_ENOENT 2
#define TINYIX_ESRCH 3
#define TINYIX_EINTR 4
#define TINYIX_E2BIG 7
#define TINYIX_ENOEXEC 8
#define TINYIX_EBADF 9
#define TINYIX_ECHILD 10
#define TINYIX_EAGAIN 11
#define TINYIX_ENOMEM 12
#define TINYIX_EFAULT 14
#define TINYIX_EBUSY 16
#define TINYIX_EEXIST 17
#define TINYIX_ENODEV 19
#define TINYIX_ENOTDIR 20
#define TINYIX_EISDIR 21
#define TINYIX_EINVAL 22
#define TINYIX_EMFILE 24
#define TINYIX_ENOTTY 25
#define TINYIX_EFBIG 27
#define TINYIX_ENOSPC 28
#define TINYIX_ESPIPE 29
#define TINYIX_EPIPE 32
#define TINYIX_ENOSYS 88
#define TINYIX_ENOTEMPTY 90
#define TINYIX_ENAMETOOLONG 91
