// System calls as functions: number in v0, arguments where the caller put them. tinyix_* return what the
// kernel returned; tinyix_answer() makes -1 and errno of it.
#include "../abi/tinyix.h"

        .set    noreorder
        .macro  SYSTEM_CALL name, number
        .globl  \name
        .type   \name, @function
        .section .text.\name, "ax"
\name:
        li      $v0, \number
        syscall
        jr      $ra
        nop
        .size   \name, . - \name
        .endm

        SYSTEM_CALL _exit, SYS_EXIT
        SYSTEM_CALL tinyix_fork, SYS_FORK
        SYSTEM_CALL tinyix_exec, SYS_EXEC
        SYSTEM_CALL tinyix_wait, SYS_WAIT
        SYSTEM_CALL tinyix_read, SYS_READ
        SYSTEM_CALL tinyix_write, SYS_WRITE
        SYSTEM_CALL tinyix_close, SYS_CLOSE
        SYSTEM_CALL tinyix_pipe, SYS_PIPE
        SYSTEM_CALL tinyix_sbrk, SYS_SBRK
        SYSTEM_CALL tinyix_getpid, SYS_GETPID
        SYSTEM_CALL tinyix_yield, SYS_YIELD
        SYSTEM_CALL tinyix_time, SYS_TIME
        SYSTEM_CALL tinyix_thread, SYS_THREAD
        SYSTEM_CALL tinyix_processors, SYS_PROCESSORS
        SYSTEM_CALL tinyix_where, SYS_WHERE
        SYSTEM_CALL tinyix_open, SYS_OPEN
        SYSTEM_CALL tinyix_unlink, SYS_UNLINK
        SYSTEM_CALL tinyix_fsync, SYS_FSYNC
        SYSTEM_CALL tinyix_sync, SYS_SYNC
        SYSTEM_CALL tinyix_fstat, SYS_FSTAT
        SYSTEM_CALL tinyix_lseek, SYS_LSEEK
        SYSTEM_CALL tinyix_dup2, SYS_DUP2
        SYSTEM_CALL tinyix_thread_pointer, SYS_THREAD_POINTER
        SYSTEM_CALL tinyix_futex_wait, SYS_FUTEX_WAIT
        SYSTEM_CALL tinyix_futex_wake, SYS_FUTEX_WAKE
        SYSTEM_CALL tinyix_kill, SYS_KILL
        SYSTEM_CALL tinyix_rename, SYS_RENAME
        SYSTEM_CALL tinyix_terminal, SYS_TERMINAL
        SYSTEM_CALL mark, SYS_MARK

        .section .text.tinyix_thread_entry, "ax"
        .globl  tinyix_thread_entry
tinyix_thread_entry:                            // a0 = the thread's description
        jal     tinyix_thread_main
        move    $gp, $a0
        break
        nop

        .globl  tinyix_thread_leave
tinyix_thread_leave:                            // whoever sees the word may free this stack
        li      $t0, 2                          // kEnded
        sync
        sw      $t0, 0($a0)
        li      $v0, SYS_FUTEX_WAKE
        syscall
        li      $v0, SYS_THREAD_EXIT
        syscall
