// Where a program begins: a0 = argc, a1 = argv, a2 = envp, sp set by the kernel. Register gp belongs to the library, which keeps the
// running thread's description in it: code is compiled without small data and without position independence, so nothing else uses it.
        .set    noreorder
        .section .text.start, "ax"
        .globl  __start
__start:
        jal     tinyix_begin
        nop
        break
        nop
