// The snippets of matrix.c: one instruction for each exception, on a page of their own that every mode sees.
#include "snippet.inc"

        .set    noreorder
        .set    noat
        .set    mips4
        .text
        .balign 4096
        .globl  matrix_begin
matrix_begin:
        SNIPPET raise_syscall,  syscall
        SNIPPET raise_break,    break
        SNIPPET raise_reserved, .word 0x00000039
        SNIPPET raise_cop0,     tlbp
        SNIPPET raise_cop1,     .word 0x44800000   // mtc1 $0, $f0
        SNIPPET raise_cop2,     .word 0x48000000   // mfc2 $0, $0
        SNIPPET raise_overflow, add $t0, $a0, $a0
        SNIPPET raise_trap,     teq $zero, $zero
        SNIPPET raise_fpe,      .word 0x46c00000   // a COP1 word that is no instruction: cause E
        SNIPPET raise_ctc1,     .word 0x44c4f800   // ctc1 $a0, $f31
        SNIPPET raise_load,     lw $t0, 0($a0)
        SNIPPET raise_store,    sw $zero, 0($a0)
        SNIPPET raise_pending,  nop                // an interrupt that waits already
        SNIPPET raise_cause,    mtc0 $a0, $13      // an interrupt that this instruction raises
        .globl  raise_fetch
raise_fetch:
        jr      $a0
        nop
        .globl  matrix_end
matrix_end:
        .org    matrix_begin + 4096
