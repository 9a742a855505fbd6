// The vectors that record an exception and go on at $ra (probe.h).
#include "status.h"

        .set    noreorder
        .set    noat
        .section .vectors.utlb, "ax"
        .globl  utlb_vector
utlb_vector:
        j       record_exception
        li      $k0, 0x000
        .section .vectors.xtlb, "ax"
        .globl  xtlb_vector
xtlb_vector:
        j       record_exception
        li      $k0, 0x080
        .section .vectors.general, "ax"
        .globl  general_vector
general_vector:
        j       record_exception
        li      $k0, 0x180

        .text
        .globl  record_exception
record_exception:
        lui     $k1, %hi(last_exception)
        daddiu  $k1, $k1, %lo(last_exception)
        sd      $k0, 0($k1)
        mfc0    $k0, CP0_CAUSE
        sd      $k0, 8($k1)
        dmfc0   $k0, CP0_EPC
        sd      $k0, 16($k1)
        dmfc0   $k0, CP0_BADVADDR
        sd      $k0, 24($k1)
        mfc0    $k0, CP0_STATUS
        sd      $k0, 32($k1)
        dmfc0   $k0, CP0_CONTEXT
        sd      $k0, 40($k1)
        dmfc0   $k0, CP0_XCONTEXT
        sd      $k0, 48($k1)
        dmfc0   $k0, CP0_ENTRYHI
        sd      $k0, 56($k1)
        ld      $k0, 64($k1)
        daddiu  $k0, $k0, 1
        sd      $k0, 64($k1)
        sd      $t0, 72($k1)
        li      $k0, STATUS_AT_START | STATUS_EXL
        mtc0    $k0, CP0_STATUS
        dmtc0   $ra, CP0_EPC
        nop
        nop
        nop
        nop
        eret

        .globl  run_with_status
run_with_status:
        ori     $a1, $a1, STATUS_EXL
        mtc0    $a1, CP0_STATUS
        dmtc0   $a0, CP0_EPC
        move    $a0, $a2
        nop
        nop
        nop
        eret

        // Not by eret, so that EXL and ERL can be set there. The snippet's `jr $ra` comes back here
        // through a second stage that restores Status.
        .globl  call_with_status
call_with_status:
        move    $v1, $ra
        move    $t9, $a0
        move    $a0, $a2
        dla     $ra, 1f
        mtc0    $a1, CP0_STATUS
        nop
        nop
        nop
        jr      $t9
        nop
1:      li      $t0, STATUS_AT_START
        mtc0    $t0, CP0_STATUS
        nop
        nop
        nop
        jr      $v1
        nop

        .section .bss
        .balign 8
        .globl  last_exception
last_exception:
        .space  80
