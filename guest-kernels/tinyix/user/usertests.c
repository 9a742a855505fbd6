// What if ...? Questions to the kernel, each in a process of its own.  usertests [name ...]
// Prints "PASS name" or "FAIL name" and the line; the exit status is the number of failures.
#include <disco.h>
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "questions.h"
#include "workload.h"

enum { kPage = 4096 };

long tinyix_time(uint64_t* now);  // answers the kernel's error number

static const char* program;  // argv[0]

// A pointer that the compiler knows nothing of, so that it does not refuse what the kernel must.
static void* wild(intptr_t at) {
  __asm__("" : "+r"(at));
  return (void*)at;
}

// --- processes

static void exit_42(void) { exit(42); }

static void exit_and_wait(void) {
  EXPECT(in_child(exit_42) == 42 << 8);
  int status;
  EXPECT(wait(&status) == -1 && errno == ECHILD);
  EXPECT(getpid() > 0);
}

// what if there are more processes than the kernel has room for?
static void process_table_full(void) {
  int barrier[2], children = 0;
  EXPECT(pipe(barrier) == 0);
  for (;;) {
    const pid_t child = fork();
    if (child < 0) break;
    if (child == 0) {
      char c;
      close(barrier[1]);
      _exit(read(barrier[0], &c, 1) == 0 ? 7 : 8);  // until the parent closes its end
    }
    ++children;
  }
  EXPECT(errno == EAGAIN && children > 16);
  close(barrier[1]);
  for (int status; children > 0; --children) EXPECT(wait(&status) > 0 && status == 7 << 8);
  EXPECT(in_child(exit_42) == 42 << 8);
}

// what if parents do not wait for their children?
static void make_orphan(void) {
  if (fork() == 0) {
    sched_yield();
    _exit(0);
  }
}

static void orphans(void) {
  for (int i = 0; i < 200; ++i) EXPECT(in_child(make_orphan) == 0);
  for (int i = 0; i < 10; ++i) sched_yield();
}

// what if more address spaces come and go than there are ASIDs, while one sleeps through it?
static void asid_rollover(void) {
  int to[2], from[2];
  uint64_t* const words = allocate(64 * kPage);
  EXPECT(pipe(to) == 0 && pipe(from) == 0);
  if (fork() == 0) {
    char c;
    for (int i = 0; i < 64; ++i) words[i * kPage / 8] = mix((uint64_t)i);
    EXPECT(write(from[1], "w", 1) == 1 && read(to[0], &c, 1) == 1);
    for (int i = 0; i < 64; ++i) EXPECT(words[i * kPage / 8] == mix((uint64_t)i));
    _exit(0);
  }
  char c;
  EXPECT(read(from[0], &c, 1) == 1);
  for (int i = 0; i < 64; ++i) words[i * kPage / 8] = (uint64_t)i;
  for (int i = 0; i < 600; ++i) EXPECT(in_child(exit_42) == 42 << 8);
  int status;
  EXPECT(write(to[1], "g", 1) == 1 && wait(&status) > 0 && status == 0);
  for (int i = 0; i < 64; ++i) EXPECT(words[i * kPage / 8] == (uint64_t)i);
}

// what if a process never makes a system call? The timer takes the processor away.
static void preemption(void) {
  int order[2];
  EXPECT(pipe(order) == 0);
  if (fork() == 0) {
    for (volatile uint32_t i = 0; i < 6000000; ++i) continue;
    _exit(write(order[1], "s", 1) == 1 ? 0 : 1);
  }
  sched_yield();  // the child runs, and we come back although it has not finished
  char first;
  EXPECT(write(order[1], "p", 1) == 1 && read(order[0], &first, 1) == 1);
  EXPECT(first == 'p');
  int status;
  EXPECT(wait(&status) > 0 && status == 0);
}

// Every register a program may use survives interrupts: a loop long enough for several time slices
// that changes none of them, between two checks of all.
static uint64_t registers_after_loop(uint64_t seed) {
  unsigned long sum;
  __asm__ volatile(
      ".set push\n.set noreorder\n.set noat\n"
      "move $2, %1\n"
      "addiu $3, $2, 3\n addiu $5, $2, 5\n addiu $6, $2, 6\n addiu $7, $2, 7\n addiu $8, $2, 8\n"
      "addiu $9, $2, 9\n addiu $10, $2, 10\n addiu $11, $2, 11\n addiu $12, $2, 12\n addiu $13, "
      "$2, 13\n"
      "addiu $14, $2, 14\n addiu $15, $2, 15\n addiu $16, $2, 16\n addiu $17, $2, 17\n addiu $18, "
      "$2, 18\n"
      "addiu $19, $2, 19\n addiu $20, $2, 20\n addiu $21, $2, 21\n addiu $22, $2, 22\n addiu $23, "
      "$2, 23\n"
      "addiu $24, $2, 24\n addiu $25, $2, 25\n mult $24, $25\n"
      "li $1, 8000000\n"
      "1: bnez $1, 1b\n"
      "addiu $1, $1, -1\n"
      "mfhi $1\n addu $2, $2, $1\n mflo $1\n addu $2, $2, $1\n"
      "addu $2, $2, $3\n addu $2, $2, $5\n addu $2, $2, $6\n addu $2, $2, $7\n addu $2, $2, $8\n"
      "addu $2, $2, $9\n addu $2, $2, $10\n addu $2, $2, $11\n addu $2, $2, $12\n addu $2, $2, "
      "$13\n"
      "addu $2, $2, $14\n addu $2, $2, $15\n addu $2, $2, $16\n addu $2, $2, $17\n addu $2, $2, "
      "$18\n"
      "addu $2, $2, $19\n addu $2, $2, $20\n addu $2, $2, $21\n addu $2, $2, $22\n addu $2, $2, "
      "$23\n"
      "addu $2, $2, $24\n addu $2, $2, $25\n move %0, $2\n.set pop"
      : "=r"(sum)
      : "r"((long)seed)
      : "$1", "$2", "$3", "$5", "$6", "$7", "$8", "$9", "$10", "$11", "$12", "$13", "$14", "$15",
        "$16", "$17", "$18", "$19", "$20", "$21", "$22", "$23", "$24", "$25", "hi", "lo");
  return sum & 0xffffffff;
}

static uint64_t registers_expected(uint64_t seed) {
  uint64_t sum = seed + (seed + 24) * (seed + 25);  // hi is 0 for a small seed
  for (uint64_t r = 3; r <= 25; ++r)
    if (r != 4) sum += seed + r;
  return sum & 0xffffffff;
}

static void registers_survive(void) {
  for (uint64_t seed = 100; seed < 103; ++seed)
    if (fork() == 0) _exit(registers_after_loop(seed) == registers_expected(seed) ? 0 : 1);
  for (int status, i = 0; i < 3; ++i) EXPECT(wait(&status) > 0 && status == 0);
}

// --- programs

static void exec_failures(void) {
  char* argv[] = {"x", NULL};
  EXPECT(execv("/bin/no-such-program", argv) == -1 && errno == ENOENT);
  EXPECT(execv(wild(kPage), argv) == -1 && errno == EFAULT);
  EXPECT(execv(program, wild(kPage + 8)) == -1 && errno == EFAULT);
  char* bad[] = {"x", wild(8), NULL};
  EXPECT(execv(program, bad) == -1 && errno == EFAULT);
  char* const huge = allocate(8192);
  memset(huge, 'x', 8191);
  huge[8191] = 0;
  char* too_long[] = {"x", huge, NULL};
  EXPECT(execv(program, too_long) == -1 && errno == E2BIG);
}

// This program again, as the sum of its arguments (main() knows "sum").
static void exec_sum(const char* path) {
  char* argv[] = {"usertests", "sum", "11", "31", NULL};
  execv(path, argv);
  exit(99);
}
static void exec_64(void) { exec_sum("/bin/usertests"); }
static void exec_32(void) { exec_sum("/bin/usertests32"); }

static void exec_arguments(void) {
  EXPECT(in_child(exec_64) == 42 << 8);
  EXPECT(in_child(exec_32) == 42 << 8);
}

// --- pointers that the kernel must not believe

static void bad_pointers(void) {
  int fd[2];
  char c;
  EXPECT(pipe(fd) == 0);
  char* const beyond = wild(0x7ffff000);
  EXPECT(write(fd[1], wild(8), 1) == -1 && errno == EFAULT);
  EXPECT(write(fd[1], beyond, 1) == -1 && errno == EFAULT);
  EXPECT(write(fd[1], wild(-4096), 1) == -1 && errno == EFAULT);
  EXPECT(write(fd[1], wild(INT32_MIN), 1) == -1 && errno == EFAULT);  // the kernel
  EXPECT(write(fd[1], "x", 1) == 1);
  EXPECT(read(fd[0], wild((intptr_t)&exec_sum), 1) == -1 && errno == EFAULT);  // text is read-only
  EXPECT(pipe(wild(8)) == -1 && errno == EFAULT);
  EXPECT(read(99, &c, 1) == -1 && errno == EBADF);
  EXPECT(read(-1, &c, 1) == -1 && errno == EBADF);
  EXPECT(close(9) == -1 && errno == EBADF);
}

// what if a buffer begins in memory and ends outside?
static void buffer_crosses_the_end(void) {
  int fd[2];
  EXPECT(pipe(fd) == 0);
  char* const end = sbrk(0);
  sbrk((intptr_t)(kPage - (uintptr_t)end % kPage) % kPage + kPage);
  char* const limit = sbrk(0);
  EXPECT(write(fd[1], limit - 16, 16) == 16);
  EXPECT(write(fd[1], limit - 16, 17) == -1 && errno == EFAULT);
  EXPECT(execv(memset(limit - 4, 'a', 4), NULL) == -1 && errno == EFAULT);
}

static long raw_system_call(long number) {
  register long v0 __asm__("$2") = number;
  __asm__ volatile("syscall" : "+r"(v0) : : "memory");
  return v0;
}

// what if every argument of every system call is nonsense?
static const intptr_t nowhere[] = {
    8,
    0x7ffff000,                     // where user addresses end
    INT32_MIN,                      // the kernel, natively
    INT32_MIN + 0x100000,           // its text
    (intptr_t)(int32_t)0xc0100000,  // the same below a monitor
    (intptr_t)(int32_t)0xdc000000,  // devices
    -6 * kPage,                     // the monitor's own page
    -1,
#ifdef __mips64
    0x100010000,  // this program's text, if only 32 bits counted
    0x4000000000100000,
    INT64_MIN,
    (intptr_t)0xa800000000100000,
    INT64_MAX,
#endif
};

static void nonsense_at(void* p) {
  int fd[2];
  char c = 'x';
  char* argv[] = {"usertests", p, NULL};
  EXPECT(pipe(fd) == 0 && write(fd[1], &c, 1) == 1);
  EXPECT(write(fd[1], p, 1) == -1 && errno == EFAULT);
  EXPECT(write(fd[1], p, (size_t)-1) == -1 && errno == EFAULT);
  EXPECT(pipe(p) == -1 && errno == EFAULT);
  EXPECT(execv(p, argv) == -1 && errno == EFAULT);
  EXPECT(execv("/bin/hello", p) == -1 && errno == EFAULT);
  EXPECT(execv("/bin/hello", argv) == -1 && errno == EFAULT);
  EXPECT(tinyix_time(p) == -EFAULT);
  EXPECT(read(fd[0], p, 1) == -1 && errno == EFAULT);
  EXPECT(close(fd[0]) == 0 && close(fd[1]) == 0);
  if (fork() == 0) _exit(0);
  EXPECT(wait(p) == -1 && errno == EFAULT);
  EXPECT(sbrk(-INTPTR_MAX - 1) == (void*)-1 && sbrk(INTPTR_MAX) == (void*)-1);
}

static void nonsense(void) {
  for (size_t i = 0; i < sizeof nowhere / sizeof nowhere[0]; ++i) nonsense_at(wild(nowhere[i]));
}

// what if there is nothing to read or write?
static void no_bytes(void) {
  int fd[2];
  char c;
  EXPECT(pipe(fd) == 0);
  EXPECT(read(fd[0], &c, 0) == 0 && write(fd[1], &c, 0) == 0);
  EXPECT(read(0, &c, 0) == 0 && write(1, &c, 0) == 0);
  EXPECT(write(9, &c, 0) == -1 && errno == EBADF);
  EXPECT(write(fd[0], &c, 0) == -1 && errno == EBADF);
  EXPECT(read(fd[1], &c, 0) == -1 && errno == EBADF);
  EXPECT(write(99, &c, 0) == -1 && errno == EBADF);
}

static void unknown_system_calls(void) {
  EXPECT(raw_system_call(0) == -ENOSYS);
  EXPECT(raw_system_call(1000000) == -ENOSYS);
  EXPECT(raw_system_call(-1) == -ENOSYS);
}

// --- memory

static void heap_is_zero(void) {
  for (int round = 0; round < 2; ++round) {
    unsigned char* const p = sbrk(16 * kPage);
    EXPECT(p != (void*)-1);
    for (int i = 0; i < 16 * kPage; ++i) EXPECT(p[i] == 0);
    memset(p, 0xa5, 16 * kPage);
    EXPECT(sbrk(-16 * kPage) != (void*)-1);
  }
  EXPECT(sbrk(0x7fffffff) == (void*)-1 && errno == ENOMEM);
  EXPECT(sbrk(-0x7fffffff) == (void*)-1 && errno == ENOMEM);
}

static void touch_freed(void) {
  volatile char* const p = sbrk(2 * kPage);
  p[0] = 1;
  p[kPage] = 1;
  sbrk(-2 * kPage);
  p[kPage] = 2;
}
static void freed_memory_is_gone(void) { DIES_OF(kSegv, touch_freed); }

static int deep(int depth) {
  volatile char frame[1024];
  frame[0] = (char)depth;
  return depth == 0 ? 0 : deep(depth - 1) + (frame[0] == (char)depth);
}
static void use_800_k_of_stack(void) { EXPECT(deep(780) == 780); }
static void overflow_the_stack(void) { EXPECT(deep(10000) == 10000); }
static void stack_grows(void) {
  EXPECT(in_child(use_800_k_of_stack) == 0);
  DIES_OF(kSegv, overflow_the_stack);
}

// what if both sides of a fork store to the same page, in either order?
static void copy_on_write(void) {
  uint64_t* const words = allocate(32 * kPage);
  for (int i = 0; i < 32; ++i) words[i * kPage / 8] = (uint64_t)i;
  int to[2], from[2];
  char c;
  EXPECT(pipe(to) == 0 && pipe(from) == 0);
  if (fork() == 0) {
    for (int i = 0; i < 16; ++i) words[i * kPage / 8] += 1000;
    EXPECT(write(from[1], "x", 1) == 1 && read(to[0], &c, 1) == 1);
    for (int i = 0; i < 32; ++i) EXPECT(words[i * kPage / 8] == (uint64_t)(i < 16 ? i + 1000 : i));
    _exit(0);
  }
  EXPECT(read(from[0], &c, 1) == 1);
  for (int i = 0; i < 32; ++i) EXPECT(words[i * kPage / 8] == (uint64_t)i);
  for (int i = 8; i < 32; ++i) words[i * kPage / 8] += 2000;
  int status;
  EXPECT(write(to[1], "x", 1) == 1 && wait(&status) > 0 && status == 0);
  for (int i = 0; i < 32; ++i) EXPECT(words[i * kPage / 8] == (uint64_t)(i < 8 ? i : i + 2000));
}

static void eat_all_memory(void) {
  for (;;) {
    volatile char* const p = sbrk(kPage);
    if (p == (void*)-1) exit(5);  // the address space ended first
    p[0] = 1;
  }
}

static void out_of_memory(void) {
  const int status = in_child(eat_all_memory);
  EXPECT(status == kSegv || status == 5 << 8);
  EXPECT(in_child(exit_42) == 42 << 8);
}

// --- pipes

static void pipe_ends(void) {
  int fd[2];
  char c;
  EXPECT(pipe(fd) == 0 && close(fd[1]) == 0);
  EXPECT(read(fd[0], &c, 1) == 0);
  EXPECT(close(fd[0]) == 0 && pipe(fd) == 0 && close(fd[0]) == 0);
  EXPECT(write(fd[1], "x", 1) == -1 && errno == EPIPE);
  EXPECT(close(fd[1]) == 0);
  int last;
  for (last = 0; pipe(fd) == 0; ++last) continue;
  EXPECT(errno == EMFILE && last >= 4);
}

static void pipe_carries_much(void) {
  enum { kBytes = 100000 };
  int fd[2];
  EXPECT(pipe(fd) == 0);
  if (fork() == 0) {
    char part[777];
    for (int sent = 0; sent < kBytes; sent += (int)sizeof part) {
      for (size_t i = 0; i < sizeof part; ++i) part[i] = (char)mix((uint64_t)sent + i);
      EXPECT(write(fd[1], part, sizeof part) == (ssize_t)sizeof part);
    }
    _exit(0);
  }
  close(fd[1]);
  char part[500];
  uint64_t got = 0;
  for (ssize_t n; (n = read(fd[0], part, sizeof part)) > 0; got += (uint64_t)n)
    for (ssize_t i = 0; i < n; ++i) EXPECT(part[i] == (char)mix(got + (uint64_t)i));
  int status;
  EXPECT(got >= kBytes && wait(&status) > 0 && status == 0);
}

// --- the floating-point unit. Programs are compiled without it; what uses it here is assembly.

#define HARD ".set push\n .set hardfloat\n .set noreorder\n "
#define SOFT "\n .set pop"

#define EACH_FPR(DO) \
  DO(0)              \
  DO(2)              \
  DO(4) DO(6) DO(8) DO(10) DO(12) DO(14) DO(16) DO(18) DO(20) DO(22) DO(24) DO(26) DO(28) DO(30)

// $f0, $f2 .. $f30 from `seed` on, and FCSR.
static void set_fpu(uint32_t seed, uint32_t fcsr) {
#define SET(n) __asm__ volatile(HARD "mtc1 %0, $f" #n SOFT : : "r"(seed + n));
  EACH_FPR(SET)
  __asm__ volatile(HARD "ctc1 %0, $31" SOFT : : "r"(fcsr));
}

// 0 if they hold what set_fpu(seed, fcsr) wrote (step 1), or all `seed` (step 0).
static uint32_t differences(uint32_t seed, uint32_t step, uint32_t fcsr) {
  uint32_t all = 0, value;
#define GET(n)                                                \
  __asm__ volatile(HARD "mfc1 %0, $f" #n SOFT : "=r"(value)); \
  all |= value ^ (seed + n * step);
  EACH_FPR(GET)
  __asm__ volatile(HARD "cfc1 %0, $31" SOFT : "=r"(value));
  return all | (value ^ fcsr);
}
static int has_fpu(uint32_t seed, uint32_t fcsr) { return differences(seed, 1, fcsr) == 0; }

// what if several processes compute at once, and one begins with another's registers behind it?
static void fpu_survives(void) {
  enum { kChildren = 4, kRounds = 200 };
  set_fpu(0x1000, 1);
  for (uint32_t c = 1; c <= kChildren; ++c) {
    if (fork() != 0) continue;
    int ok = has_fpu(0x1000, 1);  // as the parent's were
    set_fpu(c << 16, c & 3);
    for (int i = 0; i < kRounds; ++i) {
      sched_yield();
      ok &= has_fpu(c << 16, c & 3);
    }
    for (volatile uint32_t i = 0; i < 100000; ++i) continue;  // and when it is taken away
    _exit(ok && has_fpu(c << 16, c & 3) ? 0 : 1);
  }
  for (int i = 0, status; i < kChildren; ++i) EXPECT(wait(&status) > 0 && status == 0);
  EXPECT(has_fpu(0x1000, 1));
}

// what if a program starts where another one has computed?
static void fpu_is_clean(void) {
  set_fpu(0x7000, 2);
  char* const argv[] = {(char*)program, "fpu-is-zero", NULL};
  execv(program, argv);
  exit(2);
}
static int fpu_is_zero(void) { return differences(0, 0, 0) == 0 ? 0 : 1; }

// 1 / 3, and three times that, in the unit.
static void fpu_computes(void) {
  uint32_t third, one, status;
  __asm__ volatile(HARD
                   "mtc1 %3, $f0\n mtc1 %4, $f2\n cvt.s.w $f0, $f0\n cvt.s.w $f2, $f2\n"
                   "div.s $f4, $f0, $f2\n mul.s $f6, $f4, $f2\n mfc1 %0, $f4\n mfc1 %1, $f6\n"
                   "cfc1 %2, $31" SOFT
                   : "=&r"(third), "=&r"(one), "=&r"(status)
                   : "r"(1), "r"(3));
  EXPECT(third == 0x3eaaaaab && one == 0x3f800000);
  EXPECT(status == (1 << 12 | 1 << 2));  // inexact, in the last operation too
}

// --- programs that must not do harm

static void read_null(void) { (void)*(volatile int*)wild(8); }
static void store_to_text(void) { *(volatile int*)wild((intptr_t)&store_to_text) = 0; }
static void read_kernel(void) { (void)*(volatile int*)wild(INT32_MIN); }
static void store_kernel(void) { *(volatile int*)wild(INT32_MIN) = 0; }
static void read_unaligned(void) {
  char buffer[8];
  __asm__ volatile("lw $8, 1(%0)" : : "r"((uintptr_t)buffer & ~(uintptr_t)3) : "$8", "memory");
}
static void reserved(void) { __asm__ volatile(".word 0x00000039"); }
static void privileged(void) { __asm__ volatile("mfc0 $8, $12" : : : "$8"); }
static void trap_break(void) { __asm__ volatile("break"); }
static void overflow(void) { __asm__ volatile("lui $8, 0x7fff\n add $8, $8, $8" : : : "$8"); }
// A cause with its enable; a subnormal operand, which the R10000 leaves to a kernel that has an
// emulator.
static void fpu_trap(void) { set_fpu(0, 1 << 12 | 1 << 7); }
static void fpu_unimplemented(void) {
  set_fpu(1, 0);
  __asm__ volatile(HARD "add.s $f4, $f0, $f0" SOFT);
}
static void jump_to_nowhere(void) { ((void (*)(void))wild(0x70000000))(); }
static void jump_to_kernel(void) { ((void (*)(void))wild(INT32_MIN))(); }
#if __mips64
static void read_far(void) { (void)*(volatile int*)wild(0x100010000); }
static void read_xsseg(void) { (void)*(volatile int*)wild(0x4000000000000000); }
#else
static void read_far(void) { *(volatile int*)wild(0x7ffff000) = 0; }
static void read_xsseg(void) { (void)*(volatile int*)wild((intptr_t)0xc0000000); }
#endif

static void faults(void) {
  DIES_OF(kSegv, read_null);
  DIES_OF(kSegv, store_to_text);
  DIES_OF(kBus, read_kernel);
  DIES_OF(kBus, store_kernel);
  DIES_OF(kBus, read_unaligned);
  DIES_OF(kIll, reserved);
  DIES_OF(kIll, privileged);
  DIES_OF(kTrap, trap_break);
  DIES_OF(kFpe, overflow);
  DIES_OF(kFpe, fpu_trap);
  DIES_OF(kFpe, fpu_unimplemented);
  DIES_OF(kSegv, jump_to_nowhere);
  DIES_OF(kBus, jump_to_kernel);
  DIES_OF(kSegv, read_far);
  DIES_OF(kBus, read_xsseg);
}

static void clock_runs(void) {
  const uint64_t before = nanoseconds();
  for (volatile int i = 0; i < 1000; ++i) continue;
  EXPECT(nanoseconds() > before);
}

static const struct question questions[] = {
    {"exit_and_wait", exit_and_wait},
    {"process_table_full", process_table_full},
    {"orphans", orphans},
    {"asid_rollover", asid_rollover},
    {"preemption", preemption},
    {"registers_survive", registers_survive},
    {"exec_failures", exec_failures},
    {"exec_arguments", exec_arguments},
    {"bad_pointers", bad_pointers},
    {"buffer_crosses_the_end", buffer_crosses_the_end},
    {"nonsense", nonsense},
    {"no_bytes", no_bytes},
    {"unknown_system_calls", unknown_system_calls},
    {"heap_is_zero", heap_is_zero},
    {"freed_memory_is_gone", freed_memory_is_gone},
    {"stack_grows", stack_grows},
    {"copy_on_write", copy_on_write},
    {"out_of_memory", out_of_memory},
    {"pipe_ends", pipe_ends},
    {"pipe_carries_much", pipe_carries_much},
    {"fpu_computes", fpu_computes},
    {"fpu_survives", fpu_survives},
    {"fpu_is_clean", fpu_is_clean},
    {"faults", faults},
    {"clock_runs", clock_runs},
};

int main(int argc, char** argv) {
  if (argc == 4 && strcmp(argv[1], "sum") == 0) return atoi(argv[2]) + atoi(argv[3]);
  if (argc == 2 && strcmp(argv[1], "fpu-is-zero") == 0) return fpu_is_zero();
  program =
      strchr(argv[0], '/') ? argv[0] : "/bin/usertests";  // a shell gives the word that was typed
  return ask(questions, sizeof questions / sizeof questions[0], argc, argv);
}
