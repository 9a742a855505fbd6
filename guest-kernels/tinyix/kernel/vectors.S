// The exception vectors: linked, and so loaded, where the processor looks for them.
//
// The refill handlers walk a two-level page table. Context.PTEBase (bits 63:23) holds the running
// process's page directory: the hardware puts the missing page's VA[31:13] below it, so that one
// arithmetic shift gives the address of the directory entry for VA[31:21] (bits 20:13 fall out).
//
//     Context     directory >> 14 | VA[31:21]       | VA[20:13] | 0000
//     >> 12, << 3                 | VA[31:21] | 000
//     & 0xff0                                       | VA[20:13] | 0000      the pair in its leaf table
//
// Every directory entry points at a leaf table (a page of 512 EntryLo values); where nothing is mapped,
// at one that is all zeros, so that the handlers need no test: an invalid entry is loaded and the next
// try ends in the general vector. The tables are read through the direct window: no nested misses.
#include "cp0.h"
#include "frame.h"
#include "machine.h"

        .set    noreorder
        .set    noat

        .section .vectors.utlb, "ax"
        .globl  utlb_refill, utlb_refill_end
utlb_refill:                                    // a 32-bit process (UX = 0) missed
        dmfc0   $k0, CP0_CONTEXT
        dsra    $k1, $k0, 12
        dsll    $k1, $k1, 3
        ld      $k1, 0($k1)                     // leaf table
        andi    $k0, $k0, 0xff0
        daddu   $k1, $k1, $k0
        ld      $k0, 0($k1)
        ld      $k1, 8($k1)
        dmtc0   $k0, CP0_ENTRYLO0
        dmtc0   $k1, CP0_ENTRYLO1
        tlbwr
        eret
utlb_refill_end:

        .section .vectors.xtlb, "ax"
        .globl  xtlb_refill, xtlb_refill_end
xtlb_refill:                                    // a 64-bit process (UX = 1) missed
        dmfc0   $k0, CP0_XCONTEXT               // PTEBase is 0: only R and VA[43:13]
        dsrl    $k1, $k0, 22                    // R and VA[43:31]
        bnez    $k1, 1f                         // not below 2 GB: no page table goes there
        dmfc0   $k0, CP0_CONTEXT
        dsra    $k1, $k0, 12
        dsll    $k1, $k1, 3
        ld      $k1, 0($k1)
        andi    $k0, $k0, 0xff0
        daddu   $k1, $k1, $k0
        ld      $k0, 0($k1)
        ld      $k1, 8($k1)
        dmtc0   $k0, CP0_ENTRYLO0
        dmtc0   $k1, CP0_ENTRYLO1
        tlbwr
        eret
1:      j       general_entry
        mfc0    $k0, CP0_STATUS
xtlb_refill_end:

        .section .vectors.general, "ax"
        .globl  general_vector
general_vector:
        j       general_entry
        mfc0    $k0, CP0_STATUS

        .text
// k0 = Status. From user mode: the process's kernel stack is the upper half of its block, whose address
// Context holds. The kernel itself takes no exceptions: one from there is a bug.
        .globl  general_entry
general_entry:
        andi    $k0, $k0, STATUS_KSU
        beqz    $k0, kernel_exception
        dmfc0   $k1, CP0_CONTEXT
        dsra    $k1, $k1, 23
        dsll    $k1, $k1, BLOCK_SHIFT
        daddiu  $k1, $k1, BLOCK_SIZE - FRAME_SIZE
        sd      $sp, FRAME_REGISTER(29)($k1)
        move    $sp, $k1
        sd      $at, FRAME_REGISTER(1)($sp)
        sd      $v0, FRAME_REGISTER(2)($sp)
        sd      $v1, FRAME_REGISTER(3)($sp)
        mfc0    $v0, CP0_CAUSE
        dmfc0   $v1, CP0_EPC
        sd      $a0, FRAME_REGISTER(4)($sp)
        sd      $a1, FRAME_REGISTER(5)($sp)
        sd      $a2, FRAME_REGISTER(6)($sp)
        sd      $a3, FRAME_REGISTER(7)($sp)
        sd      $8, FRAME_REGISTER(8)($sp)
        sd      $9, FRAME_REGISTER(9)($sp)
        sd      $10, FRAME_REGISTER(10)($sp)
        sd      $11, FRAME_REGISTER(11)($sp)
        sd      $12, FRAME_REGISTER(12)($sp)
        sd      $13, FRAME_REGISTER(13)($sp)
        sd      $14, FRAME_REGISTER(14)($sp)
        sd      $15, FRAME_REGISTER(15)($sp)
        sd      $16, FRAME_REGISTER(16)($sp)
        sd      $17, FRAME_REGISTER(17)($sp)
        sd      $18, FRAME_REGISTER(18)($sp)
        sd      $19, FRAME_REGISTER(19)($sp)
        sd      $20, FRAME_REGISTER(20)($sp)
        sd      $21, FRAME_REGISTER(21)($sp)
        sd      $22, FRAME_REGISTER(22)($sp)
        sd      $23, FRAME_REGISTER(23)($sp)
        sd      $24, FRAME_REGISTER(24)($sp)
        sd      $25, FRAME_REGISTER(25)($sp)
        sd      $28, FRAME_REGISTER(28)($sp)
        sd      $30, FRAME_REGISTER(30)($sp)
        sd      $31, FRAME_REGISTER(31)($sp)
        mfhi    $8
        mflo    $9
        sd      $8, FRAME_HI($sp)
        sd      $9, FRAME_LO($sp)
        sd      $v0, FRAME_CAUSE($sp)
        sd      $v1, FRAME_EPC($sp)
        ld      $gp, FRAME_CPU($sp)
        li      $8, STATUS_KX                   // kernel mode, EXL = 0, no interrupts
        mtc0    $8, CP0_STATUS
        jal     trap
        move    $a0, $sp

        .globl  start_user
start_user:                                     // sp = the trap frame to return through
        ld      $8, FRAME_HI($sp)
        ld      $9, FRAME_LO($sp)
        mthi    $8
        mtlo    $9
        ld      $8, FRAME_STATUS($sp)           // EXL = 1: k0 and k1 are ours until eret
        ld      $9, FRAME_EPC($sp)
        mtc0    $8, CP0_STATUS
        dmtc0   $9, CP0_EPC
        ld      $at, FRAME_REGISTER(1)($sp)
        ld      $v0, FRAME_REGISTER(2)($sp)
        ld      $v1, FRAME_REGISTER(3)($sp)
        ld      $a0, FRAME_REGISTER(4)($sp)
        ld      $a1, FRAME_REGISTER(5)($sp)
        ld      $a2, FRAME_REGISTER(6)($sp)
        ld      $a3, FRAME_REGISTER(7)($sp)
        ld      $8, FRAME_REGISTER(8)($sp)
        ld      $9, FRAME_REGISTER(9)($sp)
        ld      $10, FRAME_REGISTER(10)($sp)
        ld      $11, FRAME_REGISTER(11)($sp)
        ld      $12, FRAME_REGISTER(12)($sp)
        ld      $13, FRAME_REGISTER(13)($sp)
        ld      $14, FRAME_REGISTER(14)($sp)
        ld      $15, FRAME_REGISTER(15)($sp)
        ld      $16, FRAME_REGISTER(16)($sp)
        ld      $17, FRAME_REGISTER(17)($sp)
        ld      $18, FRAME_REGISTER(18)($sp)
        ld      $19, FRAME_REGISTER(19)($sp)
        ld      $20, FRAME_REGISTER(20)($sp)
        ld      $21, FRAME_REGISTER(21)($sp)
        ld      $22, FRAME_REGISTER(22)($sp)
        ld      $23, FRAME_REGISTER(23)($sp)
        ld      $24, FRAME_REGISTER(24)($sp)
        ld      $25, FRAME_REGISTER(25)($sp)
        ld      $28, FRAME_REGISTER(28)($sp)
        ld      $30, FRAME_REGISTER(30)($sp)
        ld      $31, FRAME_REGISTER(31)($sp)
        ld      $sp, FRAME_REGISTER(29)($sp)
        eret

// The registers are lost but for ra and sp; say where it happened and stop.
kernel_exception:
        mfc0    $a0, CP0_CAUSE
        dmfc0   $a1, CP0_EPC
        dmfc0   $a2, CP0_BADVADDR
        move    $a3, $ra
        dla     $sp, boot_stack_top
        j       panic_exception
        nop

        .globl  switch_context
        .type   switch_context, @function
switch_context:
        sd      $s0, CONTEXT_SAVED(0)($a0)
        sd      $s1, CONTEXT_SAVED(1)($a0)
        sd      $s2, CONTEXT_SAVED(2)($a0)
        sd      $s3, CONTEXT_SAVED(3)($a0)
        sd      $s4, CONTEXT_SAVED(4)($a0)
        sd      $s5, CONTEXT_SAVED(5)($a0)
        sd      $s6, CONTEXT_SAVED(6)($a0)
        sd      $s7, CONTEXT_SAVED(7)($a0)
        sd      $s8, CONTEXT_SAVED(8)($a0)
        sd      $sp, CONTEXT_SP($a0)
        sd      $ra, CONTEXT_RA($a0)
        ld      $s0, CONTEXT_SAVED(0)($a1)
        ld      $s1, CONTEXT_SAVED(1)($a1)
        ld      $s2, CONTEXT_SAVED(2)($a1)
        ld      $s3, CONTEXT_SAVED(3)($a1)
        ld      $s4, CONTEXT_SAVED(4)($a1)
        ld      $s5, CONTEXT_SAVED(5)($a1)
        ld      $s6, CONTEXT_SAVED(6)($a1)
        ld      $s7, CONTEXT_SAVED(7)($a1)
        ld      $s8, CONTEXT_SAVED(8)($a1)
        ld      $sp, CONTEXT_SP($a1)
        ld      $ra, CONTEXT_RA($a1)
        jr      $ra
        nop
        .size   switch_context, . - switch_context

// A new process's first turn: sp is its trap frame.
        .globl  first_run
first_run:
        jal     finish_switch
        nop
        b       start_user
        nop

// The host marks this address: a program's mark(n) arrives here with n in a0.
        .globl  disco_phase_mark
        .type   disco_phase_mark, @function
disco_phase_mark:
        jr      $ra
        nop
        .size   disco_phase_mark, . - disco_phase_mark
