// The snippets of exceptions.c, r10000.c and privileged.c.
#include "snippet.inc"

        .set    noreorder
        .set    noat
        .set    mips4
        .text
        .balign 4096                    // one page: user mode maps it
        .globl  snippets_begin, snippets_end
snippets_begin:
        SNIPPET do_syscall,  syscall
        SNIPPET do_break,    break
        SNIPPET do_reserved, .word 0x00000039
        SNIPPET do_cop1,     .word 0x44800000   // mtc1 $0, $f0
        SNIPPET do_cop0,     mfc0 $t0, $12
        SNIPPET do_cop2,     .word 0x48000000   // mfc2 $0, $0
        SNIPPET do_trap,     teq $zero, $zero
        SNIPPET do_trapi,    tgei $zero, 0
        SNIPPET do_add,      add $t0, $a0, $a0
        SNIPPET do_addi,     addi $t0, $a0, 0x7fff
        SNIPPET do_sub,      sub $t0, $zero, $a0
        SNIPPET do_dadd,     dadd $t0, $a0, $a0
        SNIPPET do_dsub,     dsub $t0, $zero, $a0
        SNIPPET do_lb,       lb $t0, 0($a0)
        SNIPPET do_lh,       lh $t0, 0($a0)
        SNIPPET do_lhu,      lhu $t0, 0($a0)
        SNIPPET do_lw,       lw $t0, 0($a0)
        SNIPPET do_lwu,      lwu $t0, 0($a0)
        SNIPPET do_ld,       ld $t0, 0($a0)
        SNIPPET do_ll,       ll $t0, 0($a0)
        SNIPPET do_lld,      lld $t0, 0($a0)
        SNIPPET do_lwl,      lwl $t0, 0($a0)
        SNIPPET do_ldr,      ldr $t0, 0($a0)
        SNIPPET do_sb,       sb $zero, 0($a0)
        SNIPPET do_sh,       sh $zero, 0($a0)
        SNIPPET do_sw,       sw $zero, 0($a0)
        SNIPPET do_sd,       sd $zero, 0($a0)
        SNIPPET do_sc,       sc $t0, 0($a0)
        SNIPPET do_scd,      scd $t0, 0($a0)
        SNIPPET do_swr,      swr $zero, 0($a0)
        SNIPPET do_sdl,      sdl $zero, 0($a0)
        SNIPPET do_eret,     eret
        SNIPPET do_tlbwr,    tlbwr
        SNIPPET do_tlbp,     tlbp
        SNIPPET do_mtc0,     mtc0 $zero, $9
        SNIPPET do_dmfc0,    dmfc0 $t0, $14
        SNIPPET do_movz,     movz $t0, $zero, $zero
        SNIPPET do_pref,     pref 0, 0($a0)
        SNIPPET do_lwxc1,    .word 0x4c800000   // lwxc1 $f0, $0($a0)
        SNIPPET do_daddu,    daddu $t0, $a0, $a0
        .globl  do_jr
do_jr:  jr      $a0
        nop
snippets_end:
        .org    snippets_begin + 4096   // an error if they do not fit their page
