// Entry, exception vectors and exit for one program in any of the three ABIs. Runs on the machine (a0 = -2,
// the UHI boot protocol) and on QEMU's malta board, where the exit code leaves by semihosting.
#if _MIPS_SIM == _ABI64
#define LOAD_ADDRESS dla
#else
#define LOAD_ADDRESS la
#endif
#if _MIPS_SIM == _ABIO32
#define STATUS_VALUE 0x30000000  /* CU1 CU0, FR = 0 */
#else
#define STATUS_VALUE 0xb40000e0  /* XX CU1 CU0 FR KX SX UX */
#endif
#define CP0_STATUS $12
#define CP0_CAUSE $13
#define CP0_EPC $14
#ifdef GUEST  /* of the monitor: in csseg */
#define POWER 0xdc001000
#define CONSOLE 0xdc001008
#define STACK_TOP 0xc3fff000
#else
#define POWER 0xbc001000
#define CONSOLE 0xbc001008
#define STACK_TOP 0x83fff000
#endif
#define UHI_EXIT 1

        .set    noreorder
        .set    noat
        .section .text.start, "ax"
        .globl  _start
_start:
        li      $8, STATUS_VALUE
        mtc0    $8, CP0_STATUS
        mtc0    $0, CP0_CAUSE
        nop
        nop
        LOAD_ADDRESS $8, boot_a0
        sw      $4, 0($8)
        li      $29, STACK_TOP - 64
        ctc1    $0, $31
        LOAD_ADDRESS $28, _gp
        LOAD_ADDRESS $8, __bss_start
        LOAD_ADDRESS $9, __bss_end
1:      beq     $8, $9, 2f
        nop
        sw      $0, 0($8)
        b       1b
        addiu   $8, $8, 4
2:      move    $4, $0
        move    $5, $0
        jal     main
        move    $6, $0
        jal     exit
        move    $4, $2

// void _exit(int code): 0 .. 99
        .globl  _exit
_exit:  LOAD_ADDRESS $8, boot_a0
        lw      $8, 0($8)
        li      $9, -2
        bne     $8, $9, 3f
        li      $8, POWER
        sll     $9, $4, 1
        ori     $9, $9, 1
        sw      $9, 0($8)
3:      li      $25, UHI_EXIT
        .word   0x7000007f  /* sdbbp 1: QEMU's semihosting call; never reached on the machine */
4:      b       4b
        nop

// void write_console(int character)
        .globl  write_console
write_console:
        LOAD_ADDRESS $8, boot_a0
        lw      $8, 0($8)
        li      $9, -2
        bne     $8, $9, 5f
        li      $8, CONSOLE
        sb      $4, 0($8)
5:      jr      $31
        nop

// Every exception goes on in C, outside exception level: on_exception(cause, instruction, epc).
        .section .vectors.utlb, "ax"
        LOAD_ADDRESS $26, exception
        jr      $26
        nop
        .section .vectors.xtlb, "ax"
        LOAD_ADDRESS $26, exception
        jr      $26
        nop
        .section .vectors.general, "ax"
        LOAD_ADDRESS $26, exception
        jr      $26
        nop

        .text
exception:
        mfc0    $4, CP0_CAUSE
        mfc0    $6, CP0_EPC
        LOAD_ADDRESS $26, on_exception
        mtc0    $26, CP0_EPC
        li      $29, STACK_TOP - 64
        ctc1    $0, $31
        .set    push
        .set    mips3                   // o32 programs are MIPS II
        eret
        .set    pop

        .data
        .balign 4
boot_a0: .word 0

// _flush_cache(begin, size, which): what the compiler calls after it wrote a trampoline.
        .text
        .globl  _flush_cache
_flush_cache:
        addu    $5, $4, $5
        .set    push
        .set    mips3
6:      cache   0x15, 0($4)     /* hit writeback invalidate, data */
        cache   0x10, 0($4)     /* hit invalidate, instructions */
        .set    pop
        addiu   $4, $4, 16
        sltu    $8, $4, $5
        bnez    $8, 6b
        nop
        jr      $31
        nop
