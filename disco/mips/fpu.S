// The floating-point registers of a VCPU, to and from the FPU. Only moves: the monitor computes nothing
// in floating point. Status is put back; CU1 for the guest is Vcpu::refresh's decision.
#include "disco/mips/layout.h"
#include "hardware/r10000/assembly.h"

        .set    noreorder
        .set    noat
        .set    hardfloat
        .text

#define FCSR_AT 256

        .macro  FPU_ON saved
        mfc0    \saved, $R10000_STATUS
        lui     $t1, (R10000_STATUS_CU1 | R10000_STATUS_FR) >> 16
        or      $t1, $t1, \saved
        mtc0    $t1, $R10000_STATUS
        .endm

// disco_fpu_load(const FpuState*, uint64_t* resume): a saved FCSR may hold a cause with its enable, and
// writing that raises the exception here, after the register is written. It is expected: resume
// names the place to go on, and nobody else hears of it.
        .globl  disco_fpu_load
disco_fpu_load:
        FPU_ON  $t0
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        ldc1    $f\n, 8 * \n($a0)
        .endr
        ld      $t2, FCSR_AT($a0)
        dla     $t3, 1f
        sd      $t3, 0($a1)
        ctc1    $t2, $31
        sd      $0, 0($a1)
1:      jr      $ra
        mtc0    $t0, $R10000_STATUS

        .globl  disco_fpu_save
disco_fpu_save:
        FPU_ON  $t0
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        sdc1    $f\n, 8 * \n($a0)
        .endr
        cfc1    $t2, $31
        sd      $t2, FCSR_AT($a0)
        jr      $ra
        mtc0    $t0, $R10000_STATUS

        .globl  disco_fpu_status
disco_fpu_status:
        FPU_ON  $t0
        cfc1    $v0, $31
        jr      $ra
        mtc0    $t0, $R10000_STATUS
