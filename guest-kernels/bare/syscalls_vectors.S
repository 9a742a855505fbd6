// The system call benchmark's user loop and its handler. $s0 counts calls still to make, $s1 those
// served; v0 = 1 asks for the end.
#include "status.h"

        .set    noreorder
        .set    noat
        .section .vectors.utlb, "ax"
        .globl  utlb_vector
utlb_vector:
        nop
        .section .vectors.xtlb, "ax"
        .globl  xtlb_vector
xtlb_vector:
        mfc0    $a0, CP0_CAUSE
        dmfc0   $a1, CP0_EPC
        dmfc0   $a2, CP0_BADVADDR
        j       unexpected_exception
        nop

        .section .vectors.general, "ax"
        .globl  general_vector
general_vector:
        mfc0    $k0, CP0_CAUSE
        andi    $k0, $k0, 0x7c
        xori    $k0, $k0, EXC_SYS << 2
        bnez    $k0, 1f
        dmfc0   $k1, CP0_EPC
        bnez    $v0, 2f
        daddiu  $k1, $k1, 4
        dmtc0   $k1, CP0_EPC
        daddiu  $s1, $s1, 1
        eret
1:      mfc0    $a0, CP0_CAUSE
        dmfc0   $a1, CP0_EPC
        dmfc0   $a2, CP0_BADVADDR
        j       unexpected_exception
        nop
2:      j       user_is_done
        nop

        .text
        .globl  user_loop, user_loop_end
        .balign 64
user_loop:
        syscall
        daddiu  $s0, $s0, -1
        bnez    $s0, user_loop
        move    $v0, $zero
        li      $v0, 1
        syscall
user_loop_end:

        // run_user(entry, n): returns the number of calls served.
        .globl  run_user
run_user:
        daddiu  $sp, $sp, -32
        sd      $ra, 0($sp)
        sd      $s0, 8($sp)
        sd      $s1, 16($sp)
        move    $s0, $a1
        move    $s1, $zero
        move    $v0, $zero
        dmtc0   $a0, CP0_EPC
        li      $t0, STATUS_AT_START | STATUS_KSU_USER | STATUS_EXL
        mtc0    $t0, CP0_STATUS
        nop
        nop
        nop
        nop
        eret
user_is_done:
        li      $t0, STATUS_AT_START
        mtc0    $t0, CP0_STATUS
        nop
        nop
        nop
        nop
        move    $v0, $s1
        ld      $ra, 0($sp)
        ld      $s0, 8($sp)
        ld      $s1, 16($sp)
        jr      $ra
        daddiu  $sp, $sp, 32
