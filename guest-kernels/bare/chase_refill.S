// Refill from a linear table: Context already is the address of the pair.
#include "cp0.h"

        .set    noreorder
        .set    noat
        .section .vectors.utlb, "ax"
        .globl  utlb_vector
utlb_vector:
        nop                             // never used: UX = 1
        .section .vectors.xtlb, "ax"
        .globl  xtlb_vector
xtlb_vector:
        dmfc0   $k1, CP0_CONTEXT
        ld      $k0, 0($k1)
        ld      $k1, 8($k1)
        dmtc0   $k0, CP0_ENTRYLO0
        dmtc0   $k1, CP0_ENTRYLO1
        nop
        tlbwr
        nop
        eret

        .section .vectors.general, "ax"
        .globl  general_vector
general_vector:
        mfc0    $a0, CP0_CAUSE
        dmfc0   $a1, CP0_EPC
        dmfc0   $a2, CP0_BADVADDR
        j       unexpected_exception
        nop
