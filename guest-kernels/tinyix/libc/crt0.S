// Where a program begins: a0 = argc, a1 = argv, sp set by the kernel. main's result is the exit status.
        .set    noreorder
        .section .text.start, "ax"
        .globl  __start
__start:
        jal     main
        nop
        jal     exit
        move    $a0, $v0
