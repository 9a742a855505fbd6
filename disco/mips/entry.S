// The way in and out of the monitor: exception vectors, saving and restoring a guest's registers. What
// the trap means is C++'s business (main.cpp).
//
// EXL stays set from entry to exit, so the monitor runs in kernel mode with interrupts off whatever the
// rest of Status says, and its own exceptions (there should be none) all come to the general vector.
// k0 and k1 are the guest kernel's as much as any other register: a guest's own handlers are
// interrupted by misses of theirs.
#include "disco/mips/layout.h"
#include "disco/mips/marks.h"
#include "hardware/r10000/assembly.h"

        .set    noreorder
        .set    noat

        // Each vector has room for 32 instructions; the delay slot starts the saving.
        .section .vectors, "ax", @progbits
        .globl  disco_refill_vector, disco_xtlb_refill_vector, disco_general_vector
disco_refill_vector:
        MARK    MARK_OP_REFILL
        MARK    MARK_FAST_MISS
        j       disco_fast_miss
        sd      $k0, PAGE_K0($0)
        .org    0x080
disco_xtlb_refill_vector:
        MARK    MARK_OP_REFILL
        MARK    MARK_FAST_MISS
        j       disco_fast_miss
        sd      $k0, PAGE_K0($0)
        .org    0x100                   // cache error: the machine has none to report
        j       disco_general_entry
        sd      $k0, PAGE_K0($0)
        .org    0x180
disco_general_vector:
        MARK    MARK_ENTRY
        j       disco_general_entry
        sd      $k0, PAGE_K0($0)
        .org    0x200

        .text
        .globl  disco_general_entry, disco_refill_entry, disco_exit

// What a call of compiled code may change, hi and lo, and where and why the guest stopped. k0 and k1 are
// in the page and move to the context; k0 is the context's address from here on.
        .macro  SAVE_CHANGEABLE
        sd      $1, CONTEXT_GPR + 8 * 1($k0)
        sd      $2, CONTEXT_GPR + 8 * 2($k0)
        sd      $3, CONTEXT_GPR + 8 * 3($k0)
        ld      $2, PAGE_K0($0)
        ld      $3, PAGE_K1($0)
        sd      $4, CONTEXT_GPR + 8 * 4($k0)
        sd      $5, CONTEXT_GPR + 8 * 5($k0)
        sd      $6, CONTEXT_GPR + 8 * 6($k0)
        sd      $7, CONTEXT_GPR + 8 * 7($k0)
        sd      $8, CONTEXT_GPR + 8 * 8($k0)
        sd      $9, CONTEXT_GPR + 8 * 9($k0)
        sd      $10, CONTEXT_GPR + 8 * 10($k0)
        sd      $11, CONTEXT_GPR + 8 * 11($k0)
        sd      $12, CONTEXT_GPR + 8 * 12($k0)
        sd      $13, CONTEXT_GPR + 8 * 13($k0)
        sd      $14, CONTEXT_GPR + 8 * 14($k0)
        sd      $15, CONTEXT_GPR + 8 * 15($k0)
        sd      $24, CONTEXT_GPR + 8 * 24($k0)
        sd      $25, CONTEXT_GPR + 8 * 25($k0)
        sd      $29, CONTEXT_GPR + 8 * 29($k0)
        sd      $31, CONTEXT_GPR + 8 * 31($k0)
        mfhi    $8
        mflo    $9
        sd      $2, CONTEXT_GPR + 8 * 26($k0)
        sd      $3, CONTEXT_GPR + 8 * 27($k0)
        dmfc0   $10, $R10000_EPC
        mfc0    $11, $R10000_CAUSE
        sd      $8, CONTEXT_HI($k0)
        sd      $9, CONTEXT_LO($k0)
        sd      $10, CONTEXT_PC($k0)
        sd      $11, CONTEXT_CAUSE($k0)
        sd      $k0, PAGE_IN_MONITOR($0)
        ld      $sp, PAGE_STACK($0)
        .endm

// What compiled code preserves (kUnsavedRegisters of quick_trap.hpp).
        .macro  SAVE_PRESERVED
        sd      $16, CONTEXT_GPR + 8 * 16($k0)
        sd      $17, CONTEXT_GPR + 8 * 17($k0)
        sd      $18, CONTEXT_GPR + 8 * 18($k0)
        sd      $19, CONTEXT_GPR + 8 * 19($k0)
        sd      $20, CONTEXT_GPR + 8 * 20($k0)
        sd      $21, CONTEXT_GPR + 8 * 21($k0)
        sd      $22, CONTEXT_GPR + 8 * 22($k0)
        sd      $23, CONTEXT_GPR + 8 * 23($k0)
        sd      $28, CONTEXT_GPR + 8 * 28($k0)
        sd      $30, CONTEXT_GPR + 8 * 30($k0)
        .endm

        .macro  SAVE_BAD_VADDR
        dmfc0   $12, $R10000_BADVADDR
        sd      $12, CONTEXT_BAD_VADDR($k0)
        .endm

// The counterpart of SAVE_CHANGEABLE, to the eret.
        .macro  RESTORE_AND_ENTER
        sd      $0, PAGE_IN_MONITOR($0)
        ld      $8, CONTEXT_STATUS($k0)
        ld      $9, CONTEXT_PC($k0)
        ld      $10, CONTEXT_ENTRY_HI($k0)
        ori     $8, $8, R10000_STATUS_EXL
        mtc0    $8, $R10000_STATUS
        dmtc0   $9, $R10000_EPC
        dmtc0   $10, $R10000_ENTRYHI
        ld      $11, CONTEXT_HI($k0)
        ld      $12, CONTEXT_LO($k0)
        ld      $k1, CONTEXT_GPR + 8 * 27($k0)
        mthi    $11
        mtlo    $12
        ld      $1, CONTEXT_GPR + 8 * 1($k0)
        ld      $2, CONTEXT_GPR + 8 * 2($k0)
        ld      $3, CONTEXT_GPR + 8 * 3($k0)
        ld      $4, CONTEXT_GPR + 8 * 4($k0)
        ld      $5, CONTEXT_GPR + 8 * 5($k0)
        ld      $6, CONTEXT_GPR + 8 * 6($k0)
        ld      $7, CONTEXT_GPR + 8 * 7($k0)
        ld      $8, CONTEXT_GPR + 8 * 8($k0)
        ld      $9, CONTEXT_GPR + 8 * 9($k0)
        ld      $10, CONTEXT_GPR + 8 * 10($k0)
        ld      $11, CONTEXT_GPR + 8 * 11($k0)
        ld      $12, CONTEXT_GPR + 8 * 12($k0)
        ld      $13, CONTEXT_GPR + 8 * 13($k0)
        ld      $14, CONTEXT_GPR + 8 * 14($k0)
        ld      $15, CONTEXT_GPR + 8 * 15($k0)
        ld      $24, CONTEXT_GPR + 8 * 24($k0)
        ld      $25, CONTEXT_GPR + 8 * 25($k0)
        ld      $29, CONTEXT_GPR + 8 * 29($k0)
        ld      $31, CONTEXT_GPR + 8 * 31($k0)
        ld      $k0, CONTEXT_GPR + 8 * 26($k0)
        eret
        .endm

disco_general_entry:
        ld      $k0, PAGE_IN_MONITOR($0)
        bnez    $k0, own_exception
        sd      $k1, PAGE_K1($0)
        ld      $k0, PAGE_CONTEXT($0)
        SAVE_CHANGEABLE
        jal     disco_quick_trap        // whether it was one that is handled already
        nop
        beqz    $v0, 1f
        MARK    MARK_EXIT
        nop
        RESTORE_AND_ENTER
1:      MARK    MARK_ENTRY
        SAVE_BAD_VADDR
        SAVE_PRESERVED
        jal     disco_trap
        li      $a0, 1                  // TrapVector::kGeneral
        b       disco_exit
        move    $a0, $v0

// From the assembly miss path: k0 and k1 are in the page, everything else is the guest's.
disco_refill_entry:
        MARK    MARK_ENTRY
        ld      $k0, PAGE_CONTEXT($0)
        SAVE_CHANGEABLE
        SAVE_BAD_VADDR
        jal     disco_quick_refill
        nop
        beqz    $v0, 1f
        MARK    MARK_EXIT
        nop
        RESTORE_AND_ENTER
1:      MARK    MARK_ENTRY
        SAVE_PRESERVED
        jal     disco_trap              // (TrapVector); it returns the context to enter
        li      $a0, 0                  // TrapVector::kRefill
        move    $a0, $v0

// Enters the guest whose GuestContext is at a0.
disco_exit:
        MARK    MARK_EXIT
        move    $k0, $a0
        ld      $16, CONTEXT_GPR + 8 * 16($k0)
        ld      $17, CONTEXT_GPR + 8 * 17($k0)
        ld      $18, CONTEXT_GPR + 8 * 18($k0)
        ld      $19, CONTEXT_GPR + 8 * 19($k0)
        ld      $20, CONTEXT_GPR + 8 * 20($k0)
        ld      $21, CONTEXT_GPR + 8 * 21($k0)
        ld      $22, CONTEXT_GPR + 8 * 22($k0)
        ld      $23, CONTEXT_GPR + 8 * 23($k0)
        ld      $28, CONTEXT_GPR + 8 * 28($k0)
        ld      $30, CONTEXT_GPR + 8 * 30($k0)
        RESTORE_AND_ENTER

// An exception inside the monitor: expected where PAGE_RESUME says, else its end.
own_exception:
        ld      $k0, PAGE_RESUME($0)
        beqz    $k0, 1f
        nop
        jr      $k0
        sd      $0, PAGE_RESUME($0)
1:      mfc0    $a0, $R10000_CAUSE
        dmfc0   $a1, $R10000_BADVADDR
        ld      $sp, PAGE_STACK($0)
        jal     disco_own_exception
        move    $a2, $ra                // EPC still is the guest's: the caller's address is the best there is
1:      b       1b
        nop
