// The boot CPU arrives in kernel mode with a1 = the device tree (UHI). Give it a stack and go to C. The others are launched with
// sp and gp (cpu.c).
#include "cp0.h"
#include "machine.h"

        .set    noreorder
        .section .text.start, "ax"
        .globl  _start
_start:
        li      $t0, STATUS_KX
        mtc0    $t0, CP0_STATUS
        mtc0    $zero, CP0_CAUSE
        mtc0    $zero, CP0_WIRED
        mtc0    $zero, CP0_PAGEMASK
        dmtc0   $zero, CP0_XCONTEXT             // its PTEBase stays 0 (vectors.S)
        dla     $sp, boot_stack_top
        dla     $gp, cpus
        dli     $t0, PHYSICAL_MASK
        jal     kernel_main                     // with the tree's physical address
        and     $a0, $a1, $t0

        .globl  secondary_start
secondary_start:
        li      $t0, STATUS_KX
        mtc0    $t0, CP0_STATUS
        mtc0    $zero, CP0_CAUSE
        mtc0    $zero, CP0_WIRED
        mtc0    $zero, CP0_PAGEMASK
        jal     secondary_main
        dmtc0   $zero, CP0_XCONTEXT

        .section .bss
        .balign 16
        .space  8192
        .globl  boot_stack_top
boot_stack_top:
