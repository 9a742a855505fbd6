// Every exception that this processor has, from every mode, with each vector, with BEV clear and
// set, under EXL and under ERL, alone and in delay slots (R10000 UM 17: tables 17-1 to 17-3 and the
// sections of the exceptions). NMI and the resets are in r10000.c, which has their other rules too;
// there are no caches that could err.
#include "probe.h"

enum { kBev = 1 << 22, kErl = STATUS_ERL, kWatch = 23, kIp0 = 1 << 8, kIm0 = 1 << STATUS_IM_SHIFT };
enum { kUserText = 0x10000000 };
#define KSEG3 UINT64_C(0xffffffffe8000000)
#define SSEG UINT64_C(0xffffffffc8000000)
#define USEG UINT64_C(0x30000000)

typedef void snippet(uint64_t arg);
enum form { kPlain, kSlot, kUntaken, kLikely, kForms };
struct forms {
  snippet* at[kForms];
};
#define SNIPPETS(name) extern snippet name, name##_slot, name##_untaken, name##_likely
#define FORMS(name)                                      \
  {                                                      \
    { name, name##_slot, name##_untaken, name##_likely } \
  }
// clang-format off
SNIPPETS(raise_syscall); SNIPPETS(raise_break); SNIPPETS(raise_reserved); SNIPPETS(raise_cop0); SNIPPETS(raise_cop1);
SNIPPETS(raise_cop2); SNIPPETS(raise_overflow); SNIPPETS(raise_trap); SNIPPETS(raise_fpe); SNIPPETS(raise_ctc1);
SNIPPETS(raise_load); SNIPPETS(raise_store); SNIPPETS(raise_pending); SNIPPETS(raise_cause);
// clang-format on
extern snippet raise_fetch;
extern const char matrix_begin[];

// Pages of three windows, one for each mode: offsets in a window.
enum { kReadOnly = 0, kInvalid = 0x2000, kHole = 0x4000, kWatched = 0x6000, kMissing = 0x100000 };
enum { kHolePa = 0x1d000000, kFrame = 32 << 20 };

enum kind {
  kGeneral,
  kRefill,
  kInterrupt,
  kPostponed
};  // postponed: a Watch, which EXL and ERL make wait
enum modes { kAllModes, kNotKernel };

/// What raises an exception: a snippet, its argument (an offset in the mode's window or a number)
/// and more Status bits.
struct event {
  const char* name;
  struct forms forms;
  uint64_t arg;
  int is_offset;
  uint64_t status;
  unsigned code;
  enum kind kind;
  enum modes modes;
  int has_address;  // BadVAddr is loaded
  unsigned unit;    // CE
};

static const struct event events[] = {
    {"syscall", FORMS(raise_syscall), 0, 0, 0, EXC_SYS, kGeneral, kAllModes, 0, 0},
    {"break", FORMS(raise_break), 0, 0, 0, EXC_BP, kGeneral, kAllModes, 0, 0},
    {"reserved", FORMS(raise_reserved), 0, 0, 0, EXC_RI, kGeneral, kAllModes, 0, 0},
    {"cop0 unusable", FORMS(raise_cop0), 0, 0, 0, EXC_CPU, kGeneral, kNotKernel, 0, 0},
    {"cop1 unusable", FORMS(raise_cop1), 0, 0, 0, EXC_CPU, kGeneral, kAllModes, 0, 1},
    {"cop2 unusable", FORMS(raise_cop2), 0, 0, 0, EXC_CPU, kGeneral, kAllModes, 0, 2},
    {"cop2 missing", FORMS(raise_cop2), 0, 0, 1 << 30, EXC_RI, kGeneral, kAllModes, 0, 0},
    {"overflow", FORMS(raise_overflow), 0x7fffffff, 0, 0, EXC_OV, kGeneral, kAllModes, 0, 0},
    {"trap", FORMS(raise_trap), 0, 0, 0, EXC_TR, kGeneral, kAllModes, 0, 0},
    {"unimplemented operation", FORMS(raise_fpe), 0, 0, STATUS_CU1, EXC_FPE, kGeneral, kAllModes, 0,
     0},
    {"ctc1 of an enabled cause", FORMS(raise_ctc1), 1 << 16 | 1 << 11, 0, STATUS_CU1, EXC_FPE,
     kGeneral, kAllModes, 0, 0},
    {"misaligned load", FORMS(raise_load), kReadOnly + 2, 1, 0, EXC_ADEL, kGeneral, kAllModes, 1,
     0},
    {"misaligned store", FORMS(raise_store), kReadOnly + 1, 1, 0, EXC_ADES, kGeneral, kAllModes, 1,
     0},
    {"load beyond", FORMS(raise_load), UINT64_C(0x4000100080000000), 0, 0, EXC_ADEL, kGeneral,
     kAllModes, 1, 0},
    {"store beyond", FORMS(raise_store), UINT64_C(0x4000100080000000), 0, 0, EXC_ADES, kGeneral,
     kAllModes, 1, 0},
    {"load of kernel data", FORMS(raise_load), UINT64_C(0xffffffff80000000), 0, 0, EXC_ADEL,
     kGeneral, kNotKernel, 1, 0},
    {"store of kernel data", FORMS(raise_store), UINT64_C(0xffffffff80000000), 0, 0, EXC_ADES,
     kGeneral, kNotKernel, 1, 0},
    {"load refill", FORMS(raise_load), kMissing + 4, 1, 0, EXC_TLBL, kRefill, kAllModes, 1, 0},
    {"store refill", FORMS(raise_store), kMissing + 8, 1, 0, EXC_TLBS, kRefill, kAllModes, 1, 0},
    {"load invalid", FORMS(raise_load), kInvalid + 4, 1, 0, EXC_TLBL, kGeneral, kAllModes, 1, 0},
    {"store invalid", FORMS(raise_store), kInvalid, 1, 0, EXC_TLBS, kGeneral, kAllModes, 1, 0},
    {"modified", FORMS(raise_store), kReadOnly, 1, 0, EXC_MOD, kGeneral, kAllModes, 1, 0},
    {"load bus error", FORMS(raise_load), kHole, 1, 0, EXC_DBE, kGeneral, kAllModes, 0, 0},
    {"store bus error", FORMS(raise_store), kHole, 1, 0, EXC_DBE, kGeneral, kAllModes, 0, 0},
    {"watched load", FORMS(raise_load), kWatched, 1, 0, kWatch, kPostponed, kAllModes, 0, 0},
    {"watched store", FORMS(raise_store), kWatched + 4, 1, 0, kWatch, kPostponed, kAllModes, 0, 0},
    {"interrupt", FORMS(raise_pending), 0, 0, STATUS_IE | kIm0, EXC_INT, kInterrupt, kAllModes, 0,
     0},
};

static const struct {
  const char* name;
  uint64_t ksu, window, bits;  // bits: those that make its refills XTLB
} modes[] = {
    {"kernel", 0, KSEG3, STATUS_KX},
    {"supervisor", STATUS_KSU_SUPERVISOR, SSEG, STATUS_KX},
    {"user", STATUS_KSU_USER, USEG, STATUS_UX},
};

static uint64_t cells;
static char cell[120];

static char* append(char* at, const char* text) {
  while (*text != 0 && at < cell + sizeof cell - 1) *at++ = *text++;
  *at = 0;
  return at;
}
static void name_cell(const char* event, const char* mode, unsigned form, uint64_t status) {
  static const char* const names[] = {
      " alone",   " in a slot",        " in an untaken slot", " in a likely slot",
      " fetched", " fetched in a slot"};
  char* at = append(append(append(append(cell, event), ", "), mode), names[form]);
  if ((status & kBev) != 0) at = append(at, ", BEV");
  if ((status & STATUS_EXL) != 0) at = append(at, ", EXL");
  if ((status & kErl) != 0) at = append(at, ", ERL");
  ++cells;
}

static uint64_t vector_at(uint64_t status, unsigned offset) {
  return (status & kBev) != 0 ? 0xbfc00200u + offset : offset;
}
static uint64_t in_mode(uint64_t status, snippet* f) {
  const uint64_t kernel = (uint64_t)(uintptr_t)f;
  return (status & STATUS_KSU) == 0 ? kernel : kUserText + (kernel & 0xfff);
}

/// What an exception leaves behind. `epc`, `bd`: where EXL was set before, those of the exception
/// before.
struct expected {
  unsigned code;
  uint64_t vector, epc, status, address;
  int bd, has_address;
  unsigned unit;
};
static void check_exception(uint64_t before, const struct expected* e) {
  check(last_exception.count == before + 1, cell, "exactly one exception");
  check(exception_code() == e->code, cell, "ExcCode");
  check(last_exception.vector == e->vector, cell, "vector");
  check(last_exception.epc == e->epc, cell, "EPC");
  check(in_delay_slot() == e->bd, cell, "BD");
  check((last_exception.cause >> 28 & 3) == e->unit, cell, "CE");
  // EXL is set; KSU, ERL, BEV, IE and whatever else there is stay.
  check((uint32_t)last_exception.status == (uint32_t)(e->status | STATUS_EXL), cell, "Status");
  if (e->has_address)
    check(last_exception.bad_vaddr == e->address, cell, "BadVAddr");
  else
    check(last_exception.bad_vaddr == 0x5a5a0, cell, "BadVAddr is left alone");
}

/// BadVAddr is read-only: an exception with an address leaves one that no cell has.
static void set_bad_vaddr(void) {
  WRITE_CP0_32($18, 0);
  WRITE_CP0_32(CP0_CAUSE, 0);
  call_with_status((uint64_t)(uintptr_t)raise_load, STATUS_AT_START & ~(uint64_t)STATUS_UX,
                   0x5a5a0);
}
static void prepare(const struct event* e) {
  set_bad_vaddr();
  if (e->kind == kInterrupt) WRITE_CP0_32(CP0_CAUSE, kIp0);
  if (e->kind == kPostponed) WRITE_CP0_32($18, kFrame | 3);
}
static unsigned vector_of(const struct event* e, unsigned mode, uint64_t status) {
  if (e->kind != kRefill || (status & STATUS_EXL) != 0) return kVectorGeneral;
  return (status & modes[mode].bits) != 0 ? kVectorXtlb : kVectorUtlb;
}

static void from_mode(const struct event* e, unsigned mode, uint64_t base) {
  const uint64_t status = (base & ~(uint64_t)STATUS_KSU) | modes[mode].ksu | e->status;
  const uint64_t arg = e->is_offset ? modes[mode].window + e->arg : e->arg;
  for (unsigned form = kPlain; form < kForms; ++form) {
    name_cell(e->name, modes[mode].name, form, status);
    prepare(e);
    const uint64_t entry = in_mode(status, e->forms.at[form]), before = last_exception.count;
    run_with_status(entry, status, arg);
    const struct expected x = {.code = e->code,
                               .vector = vector_at(status, vector_of(e, mode, status)),
                               .epc = entry,
                               .status = status,
                               .address = arg,
                               .bd = form != kPlain && e->kind != kInterrupt,
                               .has_address = e->has_address,
                               .unit = e->unit};
    check_exception(before, &x);
  }
}

/// Kernel mode with EXL set: the general vector; EPC and BD stay those of the exception before.
/// Interrupts and Watch wait.
static void nested(const struct event* e, uint64_t base, int bd) {
  const uint64_t status = base | STATUS_EXL | e->status,
                 arg = e->is_offset ? KSEG3 + e->arg : e->arg;
  for (unsigned form = kPlain; form < kForms; ++form) {
    prepare(e);
    name_cell(e->name, bd ? "nested in one in a slot" : "nested", form, status);
    run_with_status((uint64_t)(uintptr_t)(bd ? raise_syscall_slot : raise_syscall), STATUS_AT_START,
                    0);
    WRITE_CP0(CP0_EPC, 0x123450);
    const uint64_t before = last_exception.count;
    call_with_status((uint64_t)(uintptr_t)e->forms.at[form], status, arg);
    if (e->kind == kInterrupt) {
      check(last_exception.count == before, cell, "waits");
      continue;
    }
    const int waited = e->kind == kPostponed;  // comes as call_with_status clears EXL
    const struct expected x = {.code = e->code,
                               .vector = vector_at(waited ? 0 : status, kVectorGeneral),
                               .epc = waited ? last_exception.epc : 0x123450,
                               .status = waited ? STATUS_AT_START : status,
                               .address = arg,
                               .bd = waited ? 0 : bd,
                               .has_address = e->has_address,
                               .unit = e->unit};
    check_exception(before, &x);
  }
}

/// Kernel mode with ERL set and EXL clear: exceptions are taken as ever; interrupts and Watch wait.
static void under_erl(const struct event* e, uint64_t base) {
  const uint64_t status = base | kErl | e->status, arg = e->is_offset ? KSEG3 + e->arg : e->arg;
  for (unsigned form = kPlain; form < kForms; ++form) {
    prepare(e);
    name_cell(e->name, "kernel", form, status);
    const uint64_t entry = (uint64_t)(uintptr_t)e->forms.at[form], before = last_exception.count;
    call_with_status(entry, status, arg);
    if (e->kind == kInterrupt) {
      check(last_exception.count == before, cell, "waits");
    } else if (e->kind == kPostponed) {
      check(last_exception.count == before + 1 && exception_code() == kWatch && !in_delay_slot(),
            cell, "comes later");
    } else {
      const struct expected x = {.code = e->code,
                                 .vector = vector_at(status, vector_of(e, 0, status)),
                                 .epc = entry,
                                 .status = status,
                                 .address = arg,
                                 .bd = form != kPlain,
                                 .has_address = e->has_address,
                                 .unit = e->unit};
      check_exception(before, &x);
    }
  }
}

// Fetches: by a jump to `target`, and by a branch in the last word of a page, whose slot is then at
// `target`.
static void fetch(const char* name, unsigned mode, uint64_t base, uint64_t target, unsigned code,
                  unsigned offset, int has_address, int in_slot) {
  const uint64_t status = (base & ~(uint64_t)STATUS_KSU) | modes[mode].ksu;
  name_cell(name, modes[mode].name, in_slot ? 5 : 4, status);
  set_bad_vaddr();
  WRITE_CP0(CP0_EPC, 0x123450);
  const uint64_t before = last_exception.count;
  const int is_nested = (status & STATUS_EXL) != 0;
  if (is_nested || (status & kErl) != 0) {
    call_with_status(in_slot ? target - 4 : (uint64_t)(uintptr_t)raise_fetch, status, target);
  } else {
    run_with_status(in_slot ? target - 4 : in_mode(status, raise_fetch), status, target);
  }
  const uint64_t epc = in_slot ? target - 4 : target;
  const struct expected x = {.code = code,
                             .vector = vector_at(status, is_nested ? kVectorGeneral : offset),
                             .epc = is_nested ? 0x123450 : epc,
                             .status = status,
                             .address = target,
                             .bd = in_slot && !is_nested,
                             .has_address = has_address,
                             .unit = 0};
  check_exception(before, &x);
}
static void fetches(unsigned mode, uint64_t base) {
  const uint64_t window = modes[mode].window;
  const unsigned refill = (base & modes[mode].bits) != 0 ? kVectorXtlb : kVectorUtlb;
  fetch("misaligned fetch", mode, base, window + kReadOnly + 2, EXC_ADEL, kVectorGeneral, 1, 0);
  fetch("fetch beyond", mode, base, UINT64_C(0x4000100080000000), EXC_ADEL, kVectorGeneral, 1, 0);
  if (mode != 0)
    fetch("fetch of kernel text", mode, base, UINT64_C(0xffffffff80000000), EXC_ADEL,
          kVectorGeneral, 1, 0);
  for (int in_slot = 0; in_slot < 2; ++in_slot) {
    // Each odd page of the window is followed by the page in question; the branch is in its last
    // word.
    fetch("fetch refill", mode, base, window + kMissing, EXC_TLBL, refill, 1, in_slot);
    fetch("fetch invalid", mode, base, window + kInvalid, EXC_TLBL, kVectorGeneral, 1, in_slot);
    fetch("fetch bus error", mode, base, window + kHole, EXC_IBE, kVectorGeneral, 0, in_slot);
  }
}

/// A slot beyond the user's last page: the only way to an address error there.
static void slot_beyond(uint64_t bev) {
  const uint64_t status = (STATUS_AT_START & ~(uint64_t)STATUS_UX) | bev;
  fetch("slot beyond useg", 2, status, UINT64_C(0x80000000), EXC_ADEL, kVectorGeneral, 1, 1);
}

// An interrupt that an instruction raises comes before the next one; in a slot, at the branch's
// target.
static void raised_interrupts(uint64_t bev) {
  const struct forms forms = FORMS(raise_cause);
  static const unsigned behind[] = {4, 8, 8, 8};
  for (unsigned mode = 0; mode < 3; ++mode) {
    const uint64_t status = STATUS_AT_START | bev | modes[mode].ksu | STATUS_CU0 | STATUS_IE | kIm0;
    for (unsigned form = kPlain; form < kForms; ++form) {
      name_cell("raised interrupt", modes[mode].name, form, status);
      set_bad_vaddr();
      const uint64_t entry = in_mode(status, forms.at[form]), before = last_exception.count;
      run_with_status(entry, status, kIp0);
      const struct expected x = {.code = EXC_INT,
                                 .vector = vector_at(status, kVectorGeneral),
                                 .epc = entry + behind[form],
                                 .status = status,
                                 .address = 0,
                                 .bd = 0,
                                 .has_address = 0,
                                 .unit = 0};
      check_exception(before, &x);
    }
  }
}

static void map(void) {
  clear_tlb();
  const uint64_t text = entry_lo(PHYSICAL(matrix_begin), ENTRYLO_CACHED | ENTRYLO_V | ENTRYLO_G);
  write_tlb(9, kUserText, 0, 4096, text, text);
  // Odd pages hold branches in their last word, for slots on the next page.
  uint32_t* const branches = KSEG0(kFrame + 0x1000);
  branches[1023] = 0x10000001;
  const uint64_t odd = entry_lo(kFrame + 0x1000, ENTRYLO_CACHED | ENTRYLO_V | ENTRYLO_G);
  const uint64_t rw = ENTRYLO_CACHED | ENTRYLO_V | ENTRYLO_D | ENTRYLO_G;
  uint32_t index = 10;
  for (unsigned mode = 0; mode < 3; ++mode) {
    const uint64_t at = modes[mode].window;
    write_tlb(index++, at + kReadOnly, 0, 4096,
              entry_lo(kFrame + 0x2000, ENTRYLO_CACHED | ENTRYLO_V | ENTRYLO_G), odd);
    write_tlb(index++, at + kInvalid, 0, 4096, ENTRYLO_G, odd);
    write_tlb(index++, at + kHole, 0, 4096,
              entry_lo(kHolePa, 2 << 3 | ENTRYLO_V | ENTRYLO_D | ENTRYLO_G), odd);
    write_tlb(index++, at + kWatched, 0, 4096, entry_lo(kFrame, rw), odd);
    write_tlb(index++, at + kMissing - 0x2000, 0, 4096, ENTRYLO_G, odd);
  }
  write_tlb(index, 0x7fffe000, 0, 4096, ENTRYLO_G, odd);
}

int main(void) {
  if (platform() != kPlatformDisco) pass("matrix (none here)");
  map();
  const uint64_t wide = STATUS_AT_START,
                 narrow = STATUS_AT_START & ~(uint64_t)(STATUS_KX | STATUS_UX);
  for (unsigned b = 0; b < 4; ++b) {
    const uint64_t base = (b & 1 ? narrow : wide) | (b & 2 ? kBev : 0);
    for (size_t i = 0; i < sizeof events / sizeof events[0]; ++i) {
      const struct event* const e = &events[i];
      for (unsigned mode = e->modes == kNotKernel; mode < 3; ++mode) from_mode(e, mode, base);
      if (e->modes == kNotKernel) continue;
      nested(e, base, 0);
      nested(e, base, 1);
      under_erl(e, base);
    }
    for (unsigned mode = 0; mode < 3; ++mode) fetches(mode, base);
    fetches(0, base | STATUS_EXL);
    fetches(0, base | kErl);
    raised_interrupts(base & kBev);
    slot_beyond(base & kBev);
  }
  put_decimal(cells);
  put_line(" cells");
  report("matrix");
}
