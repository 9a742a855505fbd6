// setjmp and longjmp: what the callee must preserve in each ABI.
#if _MIPS_SIM == _ABIO32
#define STORE sw
#define LOAD lw
#define SIZE 4
#else
#define STORE sd
#define LOAD ld
#define SIZE 8
#endif
#define FOR_EACH_REGISTER(DO) \
        DO $16, 0*SIZE($4); DO $17, 1*SIZE($4); DO $18, 2*SIZE($4); DO $19, 3*SIZE($4); \
        DO $20, 4*SIZE($4); DO $21, 5*SIZE($4); DO $22, 6*SIZE($4); DO $23, 7*SIZE($4); \
        DO $28, 8*SIZE($4); DO $29, 9*SIZE($4); DO $30, 10*SIZE($4); DO $31, 11*SIZE($4)
// Callee-saved floating point: f24-f31 (n64), f20, f22 .. f30 (n32), the pairs f20 .. f30 (o32).
#define FLOATS (12*SIZE)
#if _MIPS_SIM == _ABI64
#define FOR_EACH_FLOAT(DO) \
        DO $f24, FLOATS+0($4); DO $f25, FLOATS+8($4); DO $f26, FLOATS+16($4); DO $f27, FLOATS+24($4); \
        DO $f28, FLOATS+32($4); DO $f29, FLOATS+40($4); DO $f30, FLOATS+48($4); DO $f31, FLOATS+56($4)
#else
#define FOR_EACH_FLOAT(DO) \
        DO $f20, FLOATS+0($4); DO $f22, FLOATS+8($4); DO $f24, FLOATS+16($4); \
        DO $f26, FLOATS+24($4); DO $f28, FLOATS+32($4); DO $f30, FLOATS+40($4)
#endif
        .set    noreorder
        .globl  setjmp, longjmp
setjmp: FOR_EACH_REGISTER(STORE)
        FOR_EACH_FLOAT(sdc1)
        jr      $31
        move    $2, $0
longjmp:
        FOR_EACH_REGISTER(LOAD)
        FOR_EACH_FLOAT(ldc1)
        bnez    $5, 1f
        move    $2, $5
        li      $2, 1
1:      jr      $31
        nop
