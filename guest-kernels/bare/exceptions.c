// Does every exception report the right cause, EPC, BadVAddr and vector, in and out of delay slots,
// from kernel, supervisor and user mode? (R10000 UM 17)
#include "probe.h"

typedef void snippet(uint64_t arg);

#define FORMS(name) \
  extern snippet name, name##_slot, name##_untaken, name##_likely, name##_nullified
// clang-format off
FORMS(do_syscall); FORMS(do_break); FORMS(do_reserved); FORMS(do_cop1); FORMS(do_cop0);
FORMS(do_cop2); FORMS(do_trap); FORMS(do_trapi); FORMS(do_add); FORMS(do_addi); FORMS(do_sub);
FORMS(do_dadd); FORMS(do_dsub); FORMS(do_lb); FORMS(do_lh); FORMS(do_lhu); FORMS(do_lw);
FORMS(do_lwu); FORMS(do_ld); FORMS(do_ll); FORMS(do_lld); FORMS(do_lwl); FORMS(do_ldr);
FORMS(do_sb); FORMS(do_sh); FORMS(do_sw); FORMS(do_sd); FORMS(do_sc); FORMS(do_scd); FORMS(do_swr);
FORMS(do_sdl); FORMS(do_eret); FORMS(do_tlbwr); FORMS(do_tlbp); FORMS(do_mtc0); FORMS(do_dmfc0);
FORMS(do_daddu);
// clang-format on
extern snippet do_jr;
extern const char snippets_begin[];

enum { kUserText = 0x10000000, kSupervisorText = 0x40000000 };
#define KERNEL STATUS_AT_START
#define USER (STATUS_AT_START | STATUS_KSU_USER)
#define SUPERVISOR (STATUS_AT_START | STATUS_KSU_SUPERVISOR)

struct forms {
  const char* name;
  snippet *plain, *slot, *untaken, *likely, *nullified;
};
#define F(name) \
  ((struct forms){#name, name, name##_slot, name##_untaken, name##_likely, name##_nullified})

struct expected {
  unsigned code;
  unsigned vector;
  uint64_t bad_vaddr;
  int has_bad_vaddr;
};
#define WITHOUT_ADDRESS(code) ((struct expected){code, kVectorGeneral, 0, 0})
#define AT(code, vector, va) ((struct expected){code, vector, va, 1})

// The snippets' page is seen at kUserText too, from below kernel mode.
static uint64_t address_in(uint64_t status, snippet* f) {
  const uint64_t kernel = (uint64_t)(uintptr_t)f;
  return (status & STATUS_KSU) == 0 ? kernel : kUserText + (kernel & 0xfff);
}

static void run_one(const char* name, snippet* f, uint64_t status, uint64_t arg, struct expected e,
                    int bd) {
  const uint64_t entry = address_in(status, f), before = last_exception.count;
  run_with_status(entry, status, arg);
  if (last_exception.count != before + 1) {
    check(0, name, "exactly one exception");
    return;
  }
  check(exception_code() == e.code, name, "cause");
  check(last_exception.vector == e.vector, name, "vector");
  check(last_exception.epc == entry, name, "epc");
  check(in_delay_slot() == bd, name, "delay slot bit");
  check((last_exception.status & STATUS_EXL) != 0, name, "EXL is set");
  check((last_exception.status & STATUS_KSU) == (status & STATUS_KSU), name, "KSU is kept");
  if (e.has_bad_vaddr) check(last_exception.bad_vaddr == e.bad_vaddr, name, "badvaddr");
}

static void expect(struct forms f, uint64_t status, uint64_t arg, struct expected e) {
  run_one(f.name, f.plain, status, arg, e, 0);
  run_one(f.name, f.slot, status, arg, e, 1);
  run_one(f.name, f.untaken, status, arg, e, 1);
  run_one(f.name, f.likely, status, arg, e, 1);
  if ((status & STATUS_KSU) == 0) {
    const uint64_t before = last_exception.count;
    f.nullified(arg);
    check(last_exception.count == before, f.name, "a nullified slot does not execute");
  }
}

static void from_any_mode(uint64_t status) {
  expect(F(do_syscall), status, 0, WITHOUT_ADDRESS(EXC_SYS));
  expect(F(do_break), status, 0, WITHOUT_ADDRESS(EXC_BP));
  expect(F(do_reserved), status, 0, WITHOUT_ADDRESS(EXC_RI));
  expect(F(do_cop1), status, 0, WITHOUT_ADDRESS(EXC_CPU));
  check(((last_exception.cause >> 28) & 3) == 1, "do_cop1", "CE names coprocessor 1");
  if (platform() == kPlatformDisco) {  // QEMU: a reserved instruction
    expect(F(do_cop2), status, 0, WITHOUT_ADDRESS(EXC_CPU));
    check(((last_exception.cause >> 28) & 3) == 2, "do_cop2", "CE names coprocessor 2");
  }
  expect(F(do_trap), status, 0, WITHOUT_ADDRESS(EXC_TR));
  expect(F(do_trapi), status, 0, WITHOUT_ADDRESS(EXC_TR));
  const uint64_t min32 = (uint64_t)INT64_C(-0x80000000), max32 = 0x7fffffff;
  const uint64_t min64 = UINT64_C(1) << 63;
  expect(F(do_add), status, min32, WITHOUT_ADDRESS(EXC_OV));
  expect(F(do_addi), status, max32, WITHOUT_ADDRESS(EXC_OV));
  expect(F(do_sub), status, min32, WITHOUT_ADDRESS(EXC_OV));
  expect(F(do_dadd), status, min64, WITHOUT_ADDRESS(EXC_OV));
  expect(F(do_dsub), status, min64, WITHOUT_ADDRESS(EXC_OV));
}

static void misaligned(uint64_t status) {
  const uint64_t base = kUserText;
  const struct {
    struct forms f;
    uint64_t offset;
    unsigned code;
  } cases[] = {
      {F(do_lh), 1, EXC_ADEL},  {F(do_lhu), 3, EXC_ADEL}, {F(do_lw), 2, EXC_ADEL},
      {F(do_lwu), 1, EXC_ADEL}, {F(do_ld), 4, EXC_ADEL},  {F(do_ll), 2, EXC_ADEL},
      {F(do_lld), 4, EXC_ADEL}, {F(do_sh), 1, EXC_ADES},  {F(do_sw), 2, EXC_ADES},
      {F(do_sd), 4, EXC_ADES},  {F(do_sc), 2, EXC_ADES},  {F(do_scd), 4, EXC_ADES},
  };
  // QEMU lets a store-conditional without a link fail before it looks at the address: not on malta.
  const size_t n = sizeof cases / sizeof cases[0] - (platform() == kPlatformMalta ? 2 : 0);
  for (size_t i = 0; i < n; ++i)
    expect(cases[i].f, status, base + cases[i].offset,
           AT(cases[i].code, kVectorGeneral, base + cases[i].offset));
}

// Loads and stores of every width at an address that faults: `load` and `store` are the codes.
static void every_reference(uint64_t status, uint64_t va, unsigned vector, unsigned load,
                            unsigned store) {
  expect(F(do_lb), status, va, AT(load, vector, va));
  expect(F(do_lw), status, va, AT(load, vector, va));
  expect(F(do_ld), status, va, AT(load, vector, va));
  expect(F(do_ll), status, va, AT(load, vector, va));
  expect(F(do_lwl), status, va, AT(load, vector, va));
  expect(F(do_ldr), status, va, AT(load, vector, va));
  expect(F(do_sb), status, va, AT(store, vector, va));
  expect(F(do_sd), status, va, AT(store, vector, va));
  expect(F(do_swr), status, va, AT(store, vector, va));
  expect(F(do_sdl), status, va, AT(store, vector, va));
}

static void fetch(const char* name, uint64_t status, uint64_t target, unsigned code,
                  unsigned vector) {
  const uint64_t before = last_exception.count;
  run_with_status(address_in(status, do_jr), status, target);
  check(last_exception.count == before + 1, name, "exactly one exception");
  check(exception_code() == code && last_exception.vector == vector, name, "cause and vector");
  check(last_exception.epc == target && last_exception.bad_vaddr == target, name,
        "epc and badvaddr");
  check(!in_delay_slot(), name, "the target of a jump is not in its slot");
}

static void refills(void) {
  const uint64_t user = 0x20000000, csseg = UINT64_C(0xffffffffc0002000);
  const struct {
    uint64_t status;
    uint64_t va;
    unsigned vector;
  } cases[] = {
      {KERNEL, user, kVectorXtlb},     {KERNEL & ~(uint64_t)STATUS_UX, user, kVectorUtlb},
      {USER, user, kVectorXtlb},       {USER & ~(uint64_t)STATUS_UX, user, kVectorUtlb},
      {SUPERVISOR, user, kVectorXtlb}, {SUPERVISOR, csseg, kVectorXtlb},
      {KERNEL, csseg, kVectorXtlb},    {KERNEL & ~(uint64_t)STATUS_KX, csseg, kVectorUtlb},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    // 32-bit user code may not use 64-bit operations: there only the narrow references.
    const uint64_t va = cases[i].va, status = cases[i].status;
    if (cases[i].vector == kVectorUtlb && (status & STATUS_KSU) == STATUS_KSU_USER) {
      expect(F(do_lw), status, va, AT(EXC_TLBL, kVectorUtlb, va));
      expect(F(do_sw), status, va, AT(EXC_TLBS, kVectorUtlb, va));
    } else {
      every_reference(status, va, cases[i].vector, EXC_TLBL, EXC_TLBS);
    }
    check(last_exception.entry_hi >> 13 ==
                  ((va & UINT64_C(0xc00000ffffffffff)) | ((va >> 40 & 0xf) << 40)) >> 13 ||
              platform() == kPlatformMalta,
          "refill", "EntryHi names the page pair");
    check((last_exception.context & 0x7ffff0) == (va >> 13 & 0x7ffff) << 4, "refill",
          "Context names the pair");
    if (va == user)
      check((last_exception.xcontext & UINT64_C(0x7fffffff0)) == (va >> 13) << 4, "refill",
            "XContext names the pair");
    fetch("fetch refill", status, va, EXC_TLBL, cases[i].vector);
  }
  // A refill miss while EXL = 1 goes to the general vector and leaves EPC alone.
  WRITE_CP0(CP0_EPC, 0x1234560);
  call_with_status((uint64_t)(uintptr_t)do_lw, KERNEL | STATUS_EXL, user);
  check(exception_code() == EXC_TLBL && last_exception.vector == kVectorGeneral, "refill under EXL",
        "vector");
  check(last_exception.epc == 0x1234560 && last_exception.bad_vaddr == user, "refill under EXL",
        "epc is kept");
}

static void invalid_and_modified(void) {
  const uint64_t va = 0x30000000;
  write_tlb(10, va, 0, 4096, entry_lo(32 << 20, ENTRYLO_CACHED | ENTRYLO_D | ENTRYLO_G),
            entry_lo(33 << 20, ENTRYLO_CACHED | ENTRYLO_V | ENTRYLO_G));
  every_reference(KERNEL, va, kVectorGeneral, EXC_TLBL, EXC_TLBS);
  every_reference(USER, va, kVectorGeneral, EXC_TLBL, EXC_TLBS);
  fetch("fetch of an invalid page", USER, va, EXC_TLBL, kVectorGeneral);
  expect(F(do_sb), KERNEL, va + 4096, AT(EXC_MOD, kVectorGeneral, va + 4096));
  expect(F(do_sw), USER, va + 4096, AT(EXC_MOD, kVectorGeneral, va + 4096));
  expect(F(do_sdl), USER, va + 4103, AT(EXC_MOD, kVectorGeneral, va + 4103));
}

static void address_errors(void) {
  const uint64_t kseg0 = UINT64_C(0xffffffff80000000), xkseg = UINT64_C(0xc000000000000000);
  const uint64_t beyond_xuseg = UINT64_C(1) << 44, csseg = UINT64_C(0xffffffffc0000000);
  every_reference(USER, kseg0, kVectorGeneral, EXC_ADEL, EXC_ADES);
  every_reference(USER, csseg, kVectorGeneral, EXC_ADEL, EXC_ADES);
  every_reference(USER, xkseg, kVectorGeneral, EXC_ADEL, EXC_ADES);
  every_reference(USER, UINT64_C(0x4000000000000000), kVectorGeneral, EXC_ADEL, EXC_ADES);
  every_reference(SUPERVISOR, kseg0, kVectorGeneral, EXC_ADEL, EXC_ADES);
  every_reference(SUPERVISOR, UINT64_C(0xffffffffe0000000), kVectorGeneral, EXC_ADEL, EXC_ADES);
  every_reference(KERNEL, beyond_xuseg, kVectorGeneral, EXC_ADEL, EXC_ADES);
  every_reference(USER, beyond_xuseg, kVectorGeneral, EXC_ADEL, EXC_ADES);
  fetch("fetch at an odd address", KERNEL, kUserText + 2, EXC_ADEL, kVectorGeneral);
  fetch("fetch of kernel text from user mode", USER, kseg0, EXC_ADEL, kVectorGeneral);
  fetch("fetch of kernel text from supervisor mode", SUPERVISOR, kseg0, EXC_ADEL, kVectorGeneral);
}

static void privileges(uint64_t status) {
  const struct forms all[] = {F(do_cop0), F(do_mtc0), F(do_dmfc0), F(do_tlbwr), F(do_tlbp)};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; ++i) {
    expect(all[i], status, 0, WITHOUT_ADDRESS(EXC_CPU));
    check(((last_exception.cause >> 28) & 3) == 0, all[i].name, "CE names coprocessor 0");
  }
  run_one("do_eret", do_eret, status, 0, WITHOUT_ADDRESS(EXC_CPU), 0);
}

static void interrupts(void) {
  const uint64_t before = last_exception.count;
  // Software interrupt 0, enabled by the mtc0 that sets IE.
  WRITE_CP0_32(CP0_CAUSE, 1 << 8);
  run_with_status(address_in(USER, do_lb_slot), USER | STATUS_IE | 1 << STATUS_IM_SHIFT, kUserText);
  check(last_exception.count == before + 1 && exception_code() == EXC_INT, "interrupt",
        "software interrupt 0");
  check(last_exception.epc == address_in(USER, do_lb_slot) && !in_delay_slot(), "interrupt",
        "taken first");
  check(last_exception.cause & 1 << 8, "interrupt", "IP0 is pending");
  WRITE_CP0_32(CP0_CAUSE, 0);
  // The timer, polled: Compare is reached, IP7 rises, writing Compare lowers it.
  WRITE_CP0_32(CP0_COMPARE, READ_CP0_32(CP0_COUNT) + 1000);
  check(!(READ_CP0_32(CP0_CAUSE) & 1 << 15), "timer", "not yet");
  while (!(READ_CP0_32(CP0_CAUSE) & 1 << 15)) continue;
  run_with_status(address_in(USER, do_lb), USER | STATUS_IE | 0x80 << STATUS_IM_SHIFT, kUserText);
  check(exception_code() == EXC_INT && (last_exception.cause & 1 << 15), "timer", "interrupts");
  WRITE_CP0_32(CP0_COMPARE, 0);
  check(!(READ_CP0_32(CP0_CAUSE) & 1 << 15), "timer", "a write of Compare clears it");
}

// Only where nothing answers: the machine's I/O window has holes, malta's is full of surprises.
static void bus_errors(void) {
  const uint64_t hole = (uint64_t)(uintptr_t)KSEG1(0x1d000000);
  expect(F(do_lw), KERNEL, hole, WITHOUT_ADDRESS(EXC_DBE));
  expect(F(do_sw), KERNEL, hole, WITHOUT_ADDRESS(EXC_DBE));
  const uint64_t before = last_exception.count;
  run_with_status(address_in(KERNEL, do_jr), KERNEL, hole);
  check(last_exception.count == before + 1 && exception_code() == EXC_IBE, "fetch from nowhere",
        "cause");
  check(last_exception.epc == hole, "fetch from nowhere", "epc");
}

// A branch in the last word of a page whose slot is on a page that misses.
static void slot_across_pages(void) {
  enum { kPage = 0x50000000 };
  uint32_t* const frame = KSEG0(40 << 20);
  frame[1023] = 0x10000001;  // b to the slot's successor
  write_tlb(11, kPage, 0, 4096, entry_lo(40 << 20, ENTRYLO_CACHED | ENTRYLO_V | ENTRYLO_G),
            ENTRYLO_G);
  const uint64_t before = last_exception.count;
  run_with_status(kPage + 4092, USER, 0);
  check(last_exception.count == before + 1 && exception_code() == EXC_TLBL, "slot on the next page",
        "cause");
  check(in_delay_slot() && last_exception.epc == kPage + 4092, "slot on the next page",
        "epc is the branch");
  check(last_exception.bad_vaddr == kPage + 4096, "slot on the next page", "badvaddr is the slot");
}

int main(void) {
  clear_tlb();
  const uint64_t text = entry_lo(PHYSICAL(snippets_begin), ENTRYLO_CACHED | ENTRYLO_V | ENTRYLO_G);
  write_tlb(9, kUserText, 0, 4096, text, text);

  from_any_mode(KERNEL);
  from_any_mode(SUPERVISOR);
  from_any_mode(USER);
  misaligned(KERNEL);
  misaligned(USER);
  refills();
  invalid_and_modified();
  address_errors();
  privileges(SUPERVISOR);
  privileges(USER);
  expect(F(do_daddu), USER & ~(uint64_t)STATUS_UX, 0, WITHOUT_ADDRESS(EXC_RI));
  slot_across_pages();
  interrupts();
  if (platform() == kPlatformDisco) bus_errors();
  report("exceptions");
}
