// Entry, vectors, and the way into a step and out of it. The same image runs natively, where three wired
// entries map csseg's memory and the devices at its end, and as a guest, where the same entries stand
// under addresses that its TLB never answers for: every register then has the same value in both.
#include "frame.h"

        .set    noreorder
        .set    noat

        .macro  EACH what, base, numbers:vararg
        .irp    n, \numbers
        \what   $\n, 8 * \n(\base)
        .endr
        .endm
        .macro  ALL_BUT_K what, base
        EACH    \what, \base, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,28,29,30,31
        .endm
        .macro  PRESERVED what, base
        EACH    \what, \base, 16,17,18,19,20,21,22,23,28,29,30,31
        .endm

        .macro  VECTOR handler
        dla     $26, frame
        sd      $27, 27 * 8($26)
        dla     $27, \handler
        jr      $27
        nop
        .endm
        .section .vectors, "ax"
        VECTOR  refill
        .org    0x080
        VECTOR  xtlb_refill
        .org    0x180
        VECTOR  general
        .org    0x200

        .macro  WIRE index, va, lo0, lo1
        dli     $8, \va
        dmtc0   $8, $10
        li      $9, \lo0
        dmtc0   $9, $2
        li      $9, \lo1
        dmtc0   $9, $3
        li      $9, \index
        mtc0    $9, $0
        tlbwi
        .endm
        // Natively this runs in KSEG0: no absolute jump before csseg is mapped.
        .section .text.start, "ax"
        .globl  _start
_start: li      $8, 0xe0                // KX, SX, UX
        mtc0    $8, $12
        mtc0    $0, $13
        li      $8, 4
        mtc0    $8, $6
        mtc0    $0, $21
        li      $8, 0x01ffe000          // 16 MB pages
        mtc0    $8, $5
        WIRE    3, 0xffffffffc0000000, 0x1f, (0x01000000 >> 6) | 0x1f
        WIRE    1, 0xffffffffc2000000, (0x02000000 >> 6) | 0x1f, (0x03000000 >> 6) | 0x1f
        WIRE    2, 0xffffffffdc000000, (0x1c000000 >> 6) | 0x17, (0x1d000000 >> 6) | 0x17
        mtc0    $0, $5
        dmtc0   $0, $10
        dla     $29, stack_top
        dla     $8, main
        dla     $9, boot_tree
        jalr    $8
        sd      $5, 0($9)
        dla     $8, 0xffffffffdc001000  // power off
        li      $9, 1
        sw      $9, 0($8)
1:      b       1b
        nop

        .text
refill: b       common
        li      $27, 0x000
xtlb_refill:
        b       common
        li      $27, 0x080
general:
        li      $27, 0x180
common: sd      $27, FRAME_VECTOR($26)
        ALL_BUT_K sd, $26
        mfhi    $8
        sd      $8, FRAME_HI($26)
        mflo    $8
        sd      $8, FRAME_LO($26)
        mfc0    $8, $13
        sd      $8, FRAME_CAUSE($26)
        dmfc0   $8, $14
        sd      $8, FRAME_EPC($26)
        dmfc0   $8, $8
        sd      $8, FRAME_BADVADDR($26)
        mfc0    $8, $12
        sd      $8, FRAME_STATUS($26)
        dmfc0   $8, $4
        sd      $8, FRAME_CONTEXT($26)
        dmfc0   $8, $20
        sd      $8, FRAME_XCONTEXT($26)
        dmfc0   $8, $10
        sd      $8, FRAME_ENTRYHI($26)
        dla     $29, handler_stack_top
        dla     $8, on_exception
        jalr    $8
        nop
        dla     $26, frame
        beqz    $2, leave
        nop
        ld      $8, FRAME_EPC($26)
        dmtc0   $8, $14
        ld      $8, FRAME_HI($26)
        mthi    $8
        ld      $8, FRAME_LO($26)
        mtlo    $8
        ALL_BUT_K ld, $26
        ld      $27, 27 * 8($26)
        eret
leave:  dla     $8, preserved
        PRESERVED ld, $8
        jr      $31
        nop

// void enter(const uint64_t registers[34], status, by_eret, target): returns when a step has ended.
        .globl  enter
enter:  dla     $8, preserved
        PRESERVED sd, $8
        ld      $8, 8 * 32($4)
        mthi    $8
        ld      $8, 8 * 33($4)
        mtlo    $8
        move    $26, $7
        move    $27, $4
        beqz    $6, 1f
        nop
        ori     $5, $5, 2
        mtc0    $5, $12
        dmtc0   $7, $14
        ALL_BUT_K ld, $27
        ld      $27, 27 * 8($27)
        eret
1:      sd      $5, 8 * 34($4)
        ALL_BUT_K ld, $27
        lw      $27, 8 * 34 + 4($27)
        mtc0    $27, $12
        jr      $26
        li      $27, 0x77

// void load_fpu(uint64_t state[33]), void save_fpu(uint64_t state[33]).
        .set    hardfloat
        .macro  EACH_FPR what
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        \what   $f\n, 8 * \n($4)
        .endr
        .endm
        .globl  load_fpu, save_fpu
load_fpu:
        li      $8, 0x240000e2
        mtc0    $8, $12
        ld      $8, 8 * 32($4)
        ctc1    $0, $31
        EACH_FPR ldc1
        ctc1    $8, $31
        jr      $31
        nop
save_fpu:
        mfc0    $9, $12
        li      $8, 0x240000e2
        mtc0    $8, $12
        EACH_FPR sdc1
        cfc1    $8, $31
        sd      $8, 8 * 32($4)
        jr      $31
        mtc0    $9, $12

        .data
        .balign 16
        .globl  frame, boot_tree
frame:  .space  512
preserved:
        .space  256
boot_tree:
        .space  16
        .space  16384
stack_top:
        .space  64
        .space  16384
handler_stack_top:
        .space  64
