// Where the boot loader enters: a0 = -2, a1 = the device tree's address in KSEG0 (UHI). Makes the
// per-CPU page of the boot CPU and its wired TLB entry, and a stack; the rest is main.cpp. And where the
// other CPUs are launched: gp = the XKPHYS address of their page, which the boot CPU has made.
#include "disco/mips/layout.h"
#include "hardware/r10000/assembly.h"

/* XKPHYS, cacheable coherent, and such an EntryLo: D, V and G too. */
#define XKPHYS_CACHED \
  (R10000_XKPHYS_REGION << R10000_REGION_SHIFT | \
   R10000_COHERENT_EXCLUSIVE_ON_WRITE << R10000_XKPHYS_ALGORITHM_SHIFT)
#define PAGE_ATTRIBUTES \
  (R10000_COHERENT_EXCLUSIVE_ON_WRITE << R10000_ENTRYLO_C_SHIFT | R10000_ENTRYLO_D | \
   R10000_ENTRYLO_V | R10000_ENTRYLO_G)

        .set    noreorder
        .section .text.start, "ax"
        .globl  _start, disco_secondary_start

// Wires the per-CPU page, at machine address t1, as entry 0.
        .macro  MAP_PAGE
        li      $t0, PAGE_BASE
        dmtc0   $t0, $R10000_ENTRYHI
        dsrl    $t1, $t1, PAGE_SHIFT - R10000_ENTRYLO_PFN_SHIFT
        ori     $t1, $t1, PAGE_ATTRIBUTES
        dmtc0   $t1, $R10000_ENTRYLO0
        li      $t1, R10000_ENTRYLO_G   // the odd page does not exist
        dmtc0   $t1, $R10000_ENTRYLO1
        mtc0    $0, $R10000_INDEX
        li      $t1, 1
        mtc0    $t1, $R10000_WIRED
        tlbwi
        .endm

_start:
        li      $t0, R10000_STATUS_KX | R10000_STATUS_EXL
        mtc0    $t0, $R10000_STATUS
        mtc0    $0, $R10000_PAGEMASK

        // The page, by its XKPHYS address: zeroed, then mapped.
        dla     $t1, disco_cpu0_page
        dsll32  $t1, $t1, 3
        dsrl32  $t1, $t1, 3             // physical
        li      $t2, XKPHYS_CACHED >> 56
        dsll32  $t2, $t2, 56 - 32
        or      $s0, $t1, $t2
        daddiu  $t3, $s0, PAGE_BYTES
        move    $t0, $s0
1:      sd      $0, 0($t0)
        daddiu  $t0, $t0, 8
        bne     $t0, $t3, 1b
        nop
        MAP_PAGE
        // The stack follows the page.
        li      $t0, PAGE_STACK_BYTES
        daddiu  $sp, $s0, PAGE_BYTES
        daddu   $sp, $sp, $t0
        sd      $sp, PAGE_STACK($0)
        li      $t0, 1
        sd      $t0, PAGE_IN_MONITOR($0)
        jal     disco_main
        move    $a0, $a1
        j       disco_exit              // with the context that disco_main returned
        move    $a0, $v0

disco_secondary_start:
        li      $t0, R10000_STATUS_KX | R10000_STATUS_EXL
        mtc0    $t0, $R10000_STATUS
        mtc0    $0, $R10000_PAGEMASK
        dsll    $t1, $gp, 5             // without the region and the algorithm of XKPHYS
        dsrl    $t1, $t1, 5
        MAP_PAGE
        ld      $sp, PAGE_STACK($0)
        li      $t0, 1
        sd      $t0, PAGE_IN_MONITOR($0)
        jal     disco_secondary
        nop
        j       disco_exit
        move    $a0, $v0
