// The floating-point registers to and from memory. FR = 1 meanwhile, so that a 32-bit process's pairs are
// kept too: they are the even registers.
#include "cp0.h"
#include "fpu.h"

        .set    noreorder
        .set    noat
        .set    hardfloat

        .macro  FPU_ON saved
        mfc0    \saved, CP0_STATUS
        lui     $t1, (STATUS_CU1 | STATUS_FR) >> 16
        or      $t1, $t1, \saved
        mtc0    $t1, CP0_STATUS
        .endm

        .text
        .globl  fpu_save
        .type   fpu_save, @function
fpu_save:
        FPU_ON  $t0
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        sdc1    $f\n, FPU_REGISTER(\n)($a0)
        .endr
        cfc1    $t2, $31
        sd      $t2, FPU_FCSR($a0)
        jr      $ra
        mtc0    $t0, CP0_STATUS
        .size   fpu_save, . - fpu_save

        .globl  fpu_load
        .type   fpu_load, @function
fpu_load:
        FPU_ON  $t0
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        ldc1    $f\n, FPU_REGISTER(\n)($a0)
        .endr
        ld      $t2, FPU_FCSR($a0)
        ctc1    $t2, $31
        jr      $ra
        mtc0    $t0, CP0_STATUS
        .size   fpu_load, . - fpu_load

        .globl  fpu_status
        .type   fpu_status, @function
fpu_status:
        FPU_ON  $t0
        cfc1    $v0, $31
        jr      $ra
        mtc0    $t0, CP0_STATUS
        .size   fpu_status, . - fpu_status
