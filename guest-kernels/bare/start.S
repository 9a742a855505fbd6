// Entry of a bare program: a known Status, a stack, zeroed .bss, main(), exit with what it returns.
#include "status.h"

        .set    noreorder
        .section .text.start, "ax"
        .globl  _start
_start:
        li      $t0, STATUS_AT_START
        mtc0    $t0, CP0_STATUS
        mtc0    $zero, CP0_CAUSE
        mtc0    $zero, CP0_WIRED
        mtc0    $zero, CP0_PAGEMASK
        dla     $sp, stack_top
        dla     $t0, __bss_start
        dla     $t1, __bss_end
1:      beq     $t0, $t1, 2f
        nop
        sd      $zero, 0($t0)
        b       1b
        daddiu  $t0, $t0, 8
2:      dla     $t0, boot_a0
        sd      $a0, 0($t0)
        dla     $t0, boot_a1
        jal     main
        sd      $a1, 0($t0)
        jal     finish
        move    $a0, $v0

        .globl  disco_phase_mark
        .type   disco_phase_mark, @function
disco_phase_mark:
        jr      $ra
        nop
        .size   disco_phase_mark, . - disco_phase_mark

        .data
        .balign 8
        .globl  boot_a0, boot_a1
boot_a0: .dword 0
boot_a1: .dword 0

        .section .bss
        .balign 16
        .space  16384
stack_top:

        // The archive's default vectors are taken unless the program brings its own.
        .globl  utlb_vector, xtlb_vector, general_vector
