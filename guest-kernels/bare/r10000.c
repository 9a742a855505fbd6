// What only the R10000 has, or only this machine can provoke: vectors in the boot ROM (BEV), NMI
// and soft reset, Watch, the performance counters, FrameMask, MIPS IV and coprocessor bits by mode,
// 32-bit address rules. Expectations cite the R10000 User's Manual (UM).
#include "probe.h"

enum {
  kPi = 0x1c3ff000,
  kPiNmi = 0x48,
  kPiReset = 0x50,
  kBev = 1 << 22,
  kCh = 1 << 18,
  kSr = 1 << 20,
  kNmi = 1 << 19,
  kTs = 1 << 21,
  kErl = STATUS_ERL,
  kWatch = 23,
  kUserText = 0x10000000,
  kFrames = 32 << 20,
};
extern void do_syscall(uint64_t), do_syscall_slot(uint64_t), do_lw(uint64_t), do_lw_slot(uint64_t),
    do_sw(uint64_t), do_break(uint64_t), do_cop1(uint64_t), do_daddu(uint64_t), do_cop0(uint64_t),
    do_movz(uint64_t), do_pref(uint64_t), do_lwxc1(uint64_t), do_ld(uint64_t), do_cop2(uint64_t);
extern const char snippets_begin[];
static volatile uint64_t data[4];

static uint64_t in_user(void (*f)(uint64_t)) {
  return kUserText + ((uint64_t)(uintptr_t)f & 0xfff);
}
static volatile uint64_t* pi(unsigned offset) { return KSEG1(kPi + offset); }

// UM 17.2, table 17-1: BEV moves the vectors to 0xbfc00200 + offset; EXL sends refills to the
// general one.
static void boot_vectors(void) {
  const uint64_t status = STATUS_AT_START | kBev, unmapped = 0x60000000;
  call_with_status((uint64_t)(uintptr_t)do_syscall, status, 0);
  check(last_exception.vector == 0xbfc00380 && exception_code() == EXC_SYS, "BEV",
        "general vector");
  call_with_status((uint64_t)(uintptr_t)do_syscall_slot, status, 0);
  check(last_exception.vector == 0xbfc00380 && in_delay_slot(), "BEV", "in a delay slot");
  call_with_status((uint64_t)(uintptr_t)do_lw, status, unmapped);
  check(last_exception.vector == 0xbfc00280 && last_exception.bad_vaddr == unmapped, "BEV",
        "XTLB refill");
  call_with_status((uint64_t)(uintptr_t)do_lw, status & ~(uint64_t)STATUS_UX, unmapped);
  check(last_exception.vector == 0xbfc00200, "BEV", "TLB refill");
  WRITE_CP0(CP0_EPC, 0x1234560);
  call_with_status((uint64_t)(uintptr_t)do_lw_slot, status | STATUS_EXL, unmapped);
  check(last_exception.vector == 0xbfc00380 && last_exception.epc == 0x1234560, "BEV",
        "refill under EXL");
  run_with_status(in_user(do_break), status | STATUS_KSU_USER, 0);
  check(last_exception.vector == 0xbfc00380 && exception_code() == EXC_BP, "BEV", "from user mode");
  check((last_exception.status & kBev) != 0, "BEV", "stays set");
}

// UM 17, NMI and Soft Reset: ErrorEPC, ERL, SR, BEV, TS, NMI change; Cause and EPC do not.
static void check_reset(unsigned offset, uint64_t status, uint64_t before, uint32_t cause,
                        uint64_t after) {
  const char* const name = offset == kPiNmi ? "NMI" : "soft reset";
  check(last_exception.count == before + 1 && last_exception.vector == 0xbfc00000, name,
        "the reset vector");
  check(READ_CP0($30) == after, name, "ErrorEPC is the next instruction");
  const uint64_t set = kErl | kBev | kSr | (offset == kPiNmi ? kNmi : 0);
  check((uint32_t)last_exception.status == (uint32_t)((status & ~(uint64_t)(kTs | kNmi)) | set),
        name, "Status");
  check((uint32_t)last_exception.cause == cause, name, "Cause is unchanged");
  check(last_exception.epc == 0x4440, name, "EPC is unchanged");
}

/// Stores to the register at `offset` by `trigger`, whose operands are %1 (the register) and %3 (1)
/// and which ends behind the label 2.
#define PRESS(offset, status, trigger)                                               \
  do {                                                                               \
    uint64_t after;                                                                  \
    WRITE_CP0(CP0_EPC, 0x4440);                                                      \
    const uint32_t cause = READ_CP0_32(CP0_CAUSE);                                   \
    const uint64_t before = last_exception.count;                                    \
    __asm__ volatile(                                                                \
        ".set push\n.set noreorder\n"                                                \
        "mtc0 %2, $12\n dla $31, 1f\n dla %0, 2f\n" trigger "2: break\n1:\n.set pop" \
        : "=&r"(after)                                                               \
        : "r"(pi(offset)), "r"(status), "r"((uint64_t)1)                             \
        : "$31", "memory");                                                          \
    check_reset(offset, status, before, cause, after);                               \
  } while (0)

static void press(unsigned offset, uint64_t status) { PRESS(offset, status, "sd %3, 0(%1)\n"); }

/// The same by a store in a delay slot: it comes behind the slot, at the branch's target.
static void press_in_slot(unsigned offset, uint64_t status) {
  PRESS(offset, status, "b 2f\n sd %3, 0(%1)\n break\n");
}

static void resets(void) {
  static const uint64_t more[] = {
      0, STATUS_EXL, kTs | kNmi, STATUS_IE, kErl, kBev, kBev | kErl | STATUS_EXL | kTs | kSr};
  for (unsigned i = 0; i < sizeof more / sizeof more[0]; ++i) {
    press(kPiNmi, STATUS_AT_START | more[i]);
    press(kPiReset, STATUS_AT_START | more[i]);
    press_in_slot(kPiNmi, STATUS_AT_START | more[i]);
    press_in_slot(kPiReset, STATUS_AT_START | more[i]);
  }
}

static void watch(uint64_t address, uint64_t kinds) {
  WRITE_CP0_32($18, (uint32_t)PHYSICAL(address) | (uint32_t)kinds);
}

// UM 14.16 and 17: by physical doubleword, loads by R, stores by W, postponed by EXL.
static void watchpoints(void) {
  uint64_t before = last_exception.count;
  const uint64_t at = (uint64_t)(uintptr_t)&data[1], other = (uint64_t)(uintptr_t)&data[2];
  const uint64_t status = STATUS_AT_START;
  watch(at, 2);
  call_with_status((uint64_t)(uintptr_t)do_lw, status, at + 4);
  check(exception_code() == kWatch && last_exception.epc == (uint64_t)(uintptr_t)do_lw, "watch",
        "a load");
  call_with_status((uint64_t)(uintptr_t)do_lw, status, (uint64_t)(uintptr_t)KSEG1(PHYSICAL(at)));
  check(exception_code() == kWatch && last_exception.count == before + 2, "watch",
        "by another address of it");
  before = last_exception.count;
  call_with_status((uint64_t)(uintptr_t)do_lw, status, other);
  call_with_status((uint64_t)(uintptr_t)do_sw, status, at);
  check(last_exception.count == before, "watch", "not the next doubleword, not a store");
  data[1] = ~UINT64_C(0);
  watch(at, 1);
  call_with_status((uint64_t)(uintptr_t)do_sw, status, at);
  check(last_exception.count == before + 1 && exception_code() == kWatch && data[1] != 0, "watch",
        "a store");
}

static void postponed_watch(void) {
  const uint64_t at = (uint64_t)(uintptr_t)&data[1], before = last_exception.count;
  watch(at, 1);
  uint64_t expected;
  __asm__ volatile(
      ".set push\n.set noreorder\n"
      "mtc0 %1, $12\n sd %3, 0(%2)\n dla $31, 2f\n dla %0, 1f\n mtc0 %4, $12\n1: break\n2:\n.set "
      "pop"
      : "=&r"(expected)
      : "r"(STATUS_AT_START | STATUS_EXL), "r"(at), "r"((uint64_t)77), "r"(STATUS_AT_START)
      : "$31", "memory");
  WRITE_CP0_32($18, 0);
  check(last_exception.count == before + 1 && exception_code() == kWatch, "postponed watch",
        "comes when EXL clears");
  check(last_exception.epc == expected && data[1] == 77, "postponed watch",
        "the store is done, EPC is behind");
}

/// A store-conditional behind an LL of the same doubleword with `between` between: whether it
/// stored.
#define LINKED(between)                                                                \
  ({                                                                                   \
    uint64_t ok_;                                                                      \
    __asm__ volatile(".set push\n.set noreorder\n.set mips4\n lld $8, 0(%1)\n" between \
                     "\n scd $8, 0(%1)\n"                                              \
                     "move %0, $8\n.set pop"                                           \
                     : "=r"(ok_)                                                       \
                     : "r"(&data[2])                                                   \
                     : "$8", "$9", "$10", "$31", "memory");                            \
    ok_;                                                                               \
  })

// UM 1.8, LL/SC: what ends the sequence of an LL and an SC, and what does not. (Other processors'
// stores: engine_memory_test; DMA: disk.c.)
static void links(void) {
  check(LINKED("nop") == 1, "LL/SC", "nothing between");
  check(LINKED("addu $9, $8, $8\n mult $8, $8") == 1, "LL/SC", "arithmetic between");
  check(LINKED("beqz $0, 1f\n nop\n1:") == 1, "LL/SC", "a branch between");
  check(LINKED("mfc0 $9, $9\n tlbp") == 1, "LL/SC", "coprocessor 0 between");
  check(LINKED("dla $31, 1f\n syscall\n1:") == 0, "LL/SC", "an exception ends it");
  check(
      LINKED(
          "dla $9, 1f\n dmtc0 $9, $14\n mfc0 $9, $12\n ori $9, $9, 2\n mtc0 $9, $12\n eret\n1:") ==
          0,
      "LL/SC", "an ERET ends it");
  check(LINKED("ld $9, 8(%1)") == 0, "LL/SC", "a load ends it");
  check(LINKED("lb $9, 0($sp)") == 0, "LL/SC", "any load ends it");
  check(LINKED("ldl $9, 1(%1)") == 0, "LL/SC", "an unaligned load ends it");
  check(LINKED("sd $0, 8(%1)") == 0, "LL/SC", "a store ends it");
  check(LINKED("sd $0, -16(%1)") == 0, "LL/SC", "any store ends it");
  check(LINKED("sync") == 0, "LL/SC", "SYNC ends it");
  check(LINKED("pref 0, 0(%1)") == 0, "LL/SC", "a prefetch ends it");
  check(LINKED("cache 0x15, 8(%1)") == 0, "LL/SC", "CACHE ends it");
  check(LINKED("move $9, $8\n scd $9, 0(%1)") == 0, "LL/SC", "an SC ends it");
  check(LINKED("lld $9, 128(%1)") == 0, "LL/SC", "an LL of another line takes its place");
  check(LINKED("lld $9, 0(%1)") == 1, "LL/SC", "an LL of the same line too");
}

#define CACHE(op, address)                                                                   \
  __asm__ volatile(".set push\n.set noreorder\n dla $31, 1f\n cache %0, 0(%1)\n1:\n.set pop" \
                   :                                                                         \
                   : "i"(op), "r"((uint64_t)(address))                                       \
                   : "$31", "memory")

// UM 10: what CACHE raises, and what it leaves in CP0. No line is ever found: the tags and data
// that it reads are zero.
static void cache_instructions(void) {
  enum {
    kIndexInvalidateI = 0x00,
    kIndexLoadTagD = 0x05,
    kHitInvalidateS = 0x13,
    kBarrier = 0x14,
    kHitWriteBackD = 0x15,
    kIndexLoadDataS = 0x1b
  };
  const uint64_t unmapped = 0x60000000, nobodys = UINT64_C(1) << 60,
                 ram = (uint64_t)(uintptr_t)KSEG0(kFrames);
  uint64_t before = last_exception.count;
  CACHE(kHitWriteBackD, unmapped + 4);
  check(last_exception.count == before + 1 && exception_code() == EXC_TLBL &&
            last_exception.vector == kVectorXtlb && last_exception.bad_vaddr == unmapped + 4,
        "CACHE", "by address: a refill, as a load");
  CACHE(kHitInvalidateS, nobodys);
  check(last_exception.count == before + 2 && exception_code() == EXC_ADEL &&
            last_exception.bad_vaddr == nobodys,
        "CACHE", "by address: an address error");
  CACHE(kIndexInvalidateI, nobodys);
  check(last_exception.count == before + 3 && exception_code() == EXC_ADEL, "CACHE",
        "by index: privilege is checked");
  before = last_exception.count;
  CACHE(kIndexInvalidateI, unmapped + 1);
  CACHE(kBarrier, unmapped);
  CACHE(kHitWriteBackD, ram + 3);
  check(last_exception.count == before, "CACHE",
        "by index and the barrier: no translation; alignment is never checked");
  WRITE_CP0_32($28, 0x1234560);
  WRITE_CP0_32($29, 0x5);
  WRITE_CP0_32($26, 0x2aa);
  CACHE(kIndexLoadTagD, ram);
  check(READ_CP0_32($28) == 0 && READ_CP0_32($29) == 0 && READ_CP0_32($26) == 0x2aa, "CACHE",
        "Index Load Tag");
  WRITE_CP0_32($28, 0x1234560);
  CACHE(kIndexLoadDataS, ram);
  check(READ_CP0_32($28) == 0 && READ_CP0_32($26) == 0, "CACHE", "Index Load Data");
  WRITE_CP0_32(CP0_STATUS, STATUS_AT_START | kCh);
  CACHE(kHitWriteBackD, ram);
  check((READ_CP0_32(CP0_STATUS) & kCh) != 0, "CACHE", "the primary caches leave CH alone");
  CACHE(kHitInvalidateS, ram);
  check((READ_CP0_32(CP0_STATUS) & kCh) == 0, "CACHE", "a miss in the secondary cache clears CH");
  WRITE_CP0_32(CP0_STATUS, STATUS_AT_START);
}

static uint64_t counted(uint32_t control) {
  uint64_t value;
  __asm__ volatile(
      ".set push\n.set noreorder\n move $8, $0\n .word 0x4088c801\n move $8, %1\n .word "
      "0x4088c800\n"
      "nop\n mult $0, $0\n lw $9, 0($sp)\n .word 0x4088c800 & 0xffe0ffff\n .word 0x4008c801\n move "
      "%0, $8\n.set pop"
      : "=r"(value)
      : "r"(control)
      : "$8", "$9", "hi", "lo");
  return value;
}

// UM 14.20: the instructions between, with the one that ends it; a multiply graduates as two.
static void counters(void) {
  check(counted(15 << 5 | 2) == 5, "performance", "instructions graduated");
  check(counted(2 << 5 | 2) == 1, "performance", "loads");
  check(counted(15 << 5 | 8) == 0, "performance", "not in user mode");
  check(counted(9 << 5 | 2) == 0, "performance", "no instruction cache misses");
}

// UM 14.10 and 17: what Status lets a user do. Code 0: nothing comes of it.
static void allowed(const char* name, void (*f)(uint64_t), uint64_t status, unsigned code,
                    unsigned unit) {
  run_with_status(in_user(f), status, kUserText);
  if (code == 0) {  // it ended with a jump to kernel text
    check(exception_code() == EXC_ADEL && last_exception.bad_vaddr >> 63, name, "runs");
    return;
  }
  check(exception_code() == code && last_exception.epc == in_user(f), name, "is refused");
  if (code == EXC_CPU) check((last_exception.cause >> 28 & 3) == unit, name, "CE");
}

static void rights(void) {
  const uint64_t user = STATUS_AT_START | STATUS_KSU_USER,
                 super = STATUS_AT_START | STATUS_KSU_SUPERVISOR;
  const uint64_t cu1 = STATUS_CU1, xx = STATUS_XX, cu0 = STATUS_CU0, cu2 = 1 << 30;
  allowed("movz in user mode", do_movz, user, EXC_RI, 0);
  allowed("movz with XX", do_movz, user | xx, 0, 0);
  allowed("movz in supervisor mode", do_movz, super, 0, 0);
  allowed("pref without XX", do_pref, user, EXC_RI, 0);
  allowed("lwxc1 without XX", do_lwxc1, user | cu1, EXC_RI, 0);
  allowed("lwxc1 without CU1", do_lwxc1, user | xx, EXC_CPU, 1);
  allowed("lwxc1", do_lwxc1, user | xx | cu1, 0, 0);
  allowed("mtc1 without CU1", do_cop1, super, EXC_CPU, 1);
  allowed("mtc1", do_cop1, user | cu1, 0, 0);
  allowed("mfc0 without CU0", do_cop0, user, EXC_CPU, 0);
  allowed("mfc0 with CU0", do_cop0, user | cu0, 0, 0);
  allowed("cop2 without CU2", do_cop2, user, EXC_CPU, 2);
  allowed("cop2 with CU2", do_cop2, user | cu2, EXC_RI, 0);
  allowed("daddu", do_daddu, user, 0, 0);
  allowed("daddu without UX", do_daddu, user & ~(uint64_t)STATUS_UX, EXC_RI, 0);
  allowed("daddu without SX", do_daddu, super & ~(uint64_t)STATUS_SX, EXC_RI, 0);
  allowed("ld without UX, with XX", do_ld, (user | xx) & ~(uint64_t)STATUS_UX, EXC_RI, 0);
}

// UM 15: with FR = 0 an odd register is the upper half of the even one below it.
static void fpu_registers(void) {
  uint64_t even, odd;
  // dmtc1 t0, f2; dmtc1 zero, f3; FR = 0; mtc1 t1, f3; dmfc1 t0, f2; FR = 1; dmfc1 t1, f3
  __asm__ volatile(
      ".set push\n.set noreorder\n move $8, %4\n move $9, %5\n mtc0 %2, $12\n"
      " .word 0x44a81000, 0x44a01800\n mtc0 %3, $12\n .word 0x44891800, 0x44281000\n move %0, $8\n"
      " mtc0 %2, $12\n .word 0x44291800\n move %1, $9\n mtc0 %6, $12\n.set pop"
      : "=&r"(even), "=&r"(odd)
      : "r"(STATUS_AT_START | STATUS_CU1 | 1 << 26), "r"(STATUS_AT_START | STATUS_CU1),
        "r"(UINT64_C(0x1111111122222222)), "r"(UINT64_C(0x33333333)), "r"(STATUS_AT_START)
      : "$8", "$9");
  check(even == UINT64_C(0x3333333322222222), "FR", "0 pairs the registers");
  check(odd == 0, "FR", "1 shows 32 of 64 bits");
}

// UM 16.2: 32-bit addresses are sign-extended words, or address errors; user data ignores the upper
// half.
static void narrow_addresses(void) {
  const uint64_t wide = UINT64_C(0x0000000180000000),
                 status = STATUS_AT_START & ~(uint64_t)(STATUS_KX | STATUS_UX | STATUS_SX);
  call_with_status((uint64_t)(uintptr_t)do_lw, status, wide);
  check(exception_code() == EXC_ADEL && last_exception.bad_vaddr == wide, "32-bit kernel",
        "the whole address must be a word");
  call_with_status((uint64_t)(uintptr_t)do_lw, status, UINT64_C(0x0000000080000000));
  check(exception_code() == EXC_ADEL, "32-bit kernel", "zero-extended is not sign-extended");
  run_with_status(in_user(do_lw), status | STATUS_KSU_SUPERVISOR, UINT64_C(0x00000000c0000000));
  check(exception_code() == EXC_ADEL, "32-bit supervisor", "likewise");
  const uint64_t far = UINT64_C(0x12345678) << 32 | (kUserText + 16);
  run_with_status(in_user(do_lw), status | STATUS_KSU_USER, far);
  check(exception_code() == EXC_ADEL && last_exception.bad_vaddr >> 63, "32-bit user",
        "data: the upper half is ignored");
}

// UM 14.18, 14.10: FrameMask holds bits of the frame number back; TS follows every TLB write.
static void tlb_registers(void) {
  WRITE_CP0_32($21, 0xffff);
  write_tlb(5, 0x70000000, 0, 4096, entry_lo(UINT64_C(0xff00002000), ENTRYLO_V),
            entry_lo(0x3000, ENTRYLO_V));
  WRITE_CP0_32($21, 0);
  WRITE_CP0_32(CP0_INDEX, 5);
  __asm__ volatile("tlbr" : : : "memory");
  check(READ_CP0(CP0_ENTRYLO0) == entry_lo(0x2000, ENTRYLO_V), "FrameMask", "masks PA 39:24");
  write_tlb(6, 0x70000000, 0, 4096, 0, 0);
  check((READ_CP0_32(CP0_STATUS) & kTs) != 0, "TS", "is set by a write that overlaps");
  write_tlb(7, 0x71000000, 0, 4096, 0, 0);
  check((READ_CP0_32(CP0_STATUS) & kTs) == 0, "TS", "is cleared by one that does not");
}

int main(void) {
  if (platform() != kPlatformDisco) pass("r10000 (none here)");
  clear_tlb();
  const uint64_t text = entry_lo(PHYSICAL(snippets_begin), ENTRYLO_CACHED | ENTRYLO_V | ENTRYLO_G);
  write_tlb(9, kUserText, 0, 4096, text, text);
  boot_vectors();
  resets();
  watchpoints();
  postponed_watch();
  links();
  cache_instructions();
  counters();
  rights();
  fpu_registers();
  narrow_addresses();
  tlb_registers();
  report("r10000");
}
