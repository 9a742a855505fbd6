// Vectors for programs that expect no exception: say which one came, and fail. A program that handles
// exceptions defines these three symbols itself.
#include "cp0.h"

        .set    noreorder
        .set    noat
        .section .vectors.utlb, "ax"
        .globl  utlb_vector
utlb_vector:
        j       unexpected_entry
        nop
        .section .vectors.xtlb, "ax"
        .globl  xtlb_vector
xtlb_vector:
        j       unexpected_entry
        nop
        .section .vectors.general, "ax"
        .globl  general_vector
general_vector:
        j       unexpected_entry
        nop

        .text
unexpected_entry:
        mfc0    $a0, CP0_CAUSE
        dmfc0   $a1, CP0_EPC
        dmfc0   $a2, CP0_BADVADDR
        jal     unexpected_exception
        nop
