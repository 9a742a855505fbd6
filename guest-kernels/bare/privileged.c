// Random privileged steps: TLB writes, reads and probes, CP0 registers, and instructions run in
// random modes and address spaces, which mostly end in exceptions. After each step everything that
// a kernel can see of it goes into a sum; the sum is printed every 1000 steps, and every step with
// trace=1. The same image runs on the machine and on QEMU's R4000, and the console must be the
// same. Arguments: steps, seed, from (the first step that is traced), trace.
//
// Kept out, because the R4000 that QEMU models and the R10000 differ there by their manuals (R10000
// UM):
//   - virtual addresses of 44 bits instead of 40 (16.1): addresses and VPN2 stay below 2^40;
//   - physical addresses of 40 bits instead of 36 (14.3): frames lie in RAM;
//   - 64 entries instead of 48, 14.1: indices 2 .. 47;
//   - the segments of 64-bit user and supervisor mode depend on UX and SX (16.2): UX = SX = KX;
//   - refill vectors of kernel references by KX, UX of the address (17.3): the same remedy;
//   - overlapping entries shut the R4000's TLB down (14.10): entries have addresses of their own;
//   - 64-bit operations in supervisor mode without SX, which QEMU allows (14.10, table 14-9): none;
//   - dmfc0 with CU0 in 32-bit user mode is reserved (14.25), QEMU executes it: none;
//   - MIPS IV instructions (14.10): none here; those that QEMU's other models have, random_programs
//     compares;
//   - what the R4000 does with the upper half of an address in 32-bit user mode, which the R10000
//     repeats only
//     for data (16.2): addresses are sign-extended words there;
//   - Cause.CE after anything but Coprocessor Unusable is undefined (14.11): masked;
//   - reserved fields of registers, and 32-bit registers read with dmfc0 (undefined on both):
//     masked, or mfc0;
//   - LLAddr, Config, PRId, TagLo, ECC, Watch, FrameMask, performance: of each processor's own;
//   - a fetch that is misaligned and misses the TLB is an address error first (17, table 17-3):
//     aligned jumps only;
//   - the order of an address error and a failing store-conditional without a link, which QEMU
//     inverts: none.
#include "probe.h"

typedef void snippet(uint64_t arg);
// clang-format off
#define SNIPPETS(X)                                                                            \
  X(do_syscall)                                                                                \
  X(do_break)                                                                                  \
  X(do_reserved)                                                                               \
  X(do_cop1)                                                                                   \
  X(do_cop0)                                                                                   \
  X(do_trap)                                                                                   \
  X(do_trapi) X(do_add) X(do_addi) X(do_sub) X(do_dadd) X(do_dsub) X(do_lb) X(do_lh) X(do_lhu) \
      X(do_lw) X(do_lwu) X(do_ld) X(do_ll) X(do_lld) X(do_lwl) X(do_ldr) X(do_sb) X(do_sh)     \
          X(do_sw) X(do_sd) X(do_swr) X(do_sdl) X(do_tlbwr) X(do_tlbp) X(do_mtc0) X(do_dmfc0)  \
              X(do_daddu)
// clang-format on
#define DECLARE(name) \
  extern snippet name, name##_slot, name##_untaken, name##_likely, name##_nullified;
SNIPPETS(DECLARE)
#define ROW(name) {#name, {name, name##_slot, name##_untaken, name##_likely, name##_nullified}},
static const struct {
  const char* name;
  snippet* forms[5];
} snippets[] = {SNIPPETS(ROW)};
extern snippet do_jr;
extern const char snippets_begin[];

enum { kUserText = 0x10000000, kData = 32 << 20, kFrames = 64, kFirst = 2, kEntries = 48 };
#define kEntryHi UINT64_C(0xc00000ffffffe0ff)
static uint64_t random_state, sum, step, trace;

static uint64_t next(void) { return random_state = next_xorshift(random_state); }
static uint64_t below(uint64_t n) { return (next() >> 11) % n; }

static void note(const char* what, uint64_t value) {
  sum = (sum ^ value) * UINT64_C(0x100000001b3);
  sum ^= sum >> 29;
  if (!trace) return;
  put_text(" ");
  put_text(what);
  put_text("=");
  put_hex(value);
}

// Each index has 32 MB of addresses of its own, in a region that goes with the index.
static uint64_t base_of(uint64_t index) {
  static const uint64_t regions[] = {0x20000000,
                                     UINT64_C(0xffffffffc0000000),
                                     UINT64_C(0x4000000000000000),
                                     UINT64_C(0xc000000000000000),
                                     0x20000000,
                                     UINT64_C(0x1000000000)};
  const uint64_t region = index % 6;
  // The compatibility segment below kseg3 has room for 16 entries of 32 MB.
  const uint64_t place = region == 1 ? index / 6 % 16 : index;
  return regions[region] + place * (32 << 20);
}

static uint64_t random_lo(uint64_t size) {
  const uint64_t frame = kData + below(kFrames * 4096 / size + 1) * size;
  return entry_lo(frame, ENTRYLO_CACHED | (below(8) ? ENTRYLO_V : 0) | (below(3) ? ENTRYLO_D : 0) |
                             (below(4) ? 0 : ENTRYLO_G));
}

static uint64_t some_address(void) {
  static const uint64_t edges[] = {0,
                                   0x7fffffff,
                                   UINT64_C(0xffffffff80000000),
                                   UINT64_C(0xffffffffa0000000),
                                   UINT64_C(0xffffffffc0000000),
                                   UINT64_C(0xffffffffdfffffff),
                                   UINT64_C(0xffffffffe0000000),
                                   UINT64_C(0x00ffffffff),
                                   UINT64_C(0x4000000000000000),
                                   UINT64_C(0x400000ff00000000),
                                   UINT64_C(0x8000000000000000),
                                   UINT64_C(0xc000000000000000),
                                   UINT64_C(0x7fff000000000000)};
  if (below(8) == 0) return edges[below(sizeof edges / sizeof edges[0])];
  return base_of(kFirst + below(kEntries - kFirst)) +
         (below(4) ? below(4) * 4096 : below(32 << 20)) + (below(4) ? below(512) * 8 : below(4096));
}

static void write_entry(void) {
  const uint64_t index = kFirst + below(kEntries - kFirst), size = UINT64_C(4096) << 2 * below(7);
  const uint64_t va = base_of(index) & ~(2 * size - 1);
  if (va != base_of(index)) return;
  const uint64_t lo0 = random_lo(size), lo1 = random_lo(size);
  write_tlb((uint32_t)index, va, (uint8_t)below(3), size, lo0, lo1);
  note("write", index << 32 | size);
}

static void read_entry(void) {
  WRITE_CP0_32(CP0_INDEX, (uint32_t)(kFirst + below(kEntries - kFirst)));
  __asm__ volatile("tlbr; nop; nop; nop; nop" : : : "memory");
  note("hi", READ_CP0(CP0_ENTRYHI) & kEntryHi);
  note("lo0", READ_CP0(CP0_ENTRYLO0));
  note("lo1", READ_CP0(CP0_ENTRYLO1));
  note("mask", READ_CP0_32(CP0_PAGEMASK));
  WRITE_CP0_32(CP0_PAGEMASK, 0);
}

static void probe(void) {
  WRITE_CP0(CP0_ENTRYHI, (some_address() & ~UINT64_C(0x1fff)) | below(3));
  __asm__ volatile("tlbp; nop; nop; nop; nop" : : : "memory");
  const uint32_t index = READ_CP0_32(CP0_INDEX);
  note("probe", index >> 31 ? 99 : index);
}

static void registers(void) {
  const uint64_t value = next();
  switch (below(7)) {
    case 0:
      WRITE_CP0(CP0_CONTEXT, value);
      note("context", READ_CP0(CP0_CONTEXT) & ~UINT64_C(0x7fffff));
      break;
    case 1:
      WRITE_CP0(CP0_ENTRYHI, value & UINT64_C(0xc00000ffffffe0ff));
      note("hi", READ_CP0(CP0_ENTRYHI) & kEntryHi);
      break;
    case 2:
      WRITE_CP0(CP0_ENTRYLO0, value & 0x3fffffff);
      note("lo0", READ_CP0(CP0_ENTRYLO0));
      break;
    case 3:
      WRITE_CP0_32(CP0_PAGEMASK, 0x1ffe000 & ((1u << 2 * below(7)) - 1) << 13);
      note("mask", READ_CP0_32(CP0_PAGEMASK));
      WRITE_CP0_32(CP0_PAGEMASK, 0);
      break;
    case 4:
      WRITE_CP0(CP0_EPC, value);
      note("epc", READ_CP0(CP0_EPC));
      break;
    case 5:
      WRITE_CP0_32(CP0_WIRED, (uint32_t)(value % 48));
      note("wired", READ_CP0_32(CP0_WIRED));
      note("random", READ_CP0_32(CP0_RANDOM) >= value % 48);
      WRITE_CP0_32(CP0_WIRED, 0);
      break;
    default:
      WRITE_CP0_32(CP0_CAUSE, (uint32_t)value & 0x300);
      note("cause", READ_CP0_32(CP0_CAUSE) & 0x300);
      WRITE_CP0_32(CP0_CAUSE, 0);
      break;
  }
}

static void note_exception(uint64_t before) {
  note("count", last_exception.count - before);
  if (last_exception.count == before) return;
  const unsigned code = exception_code();
  note("vector", last_exception.vector);
  note("cause", (last_exception.cause & (0x80000000 | 0x7c | (code == EXC_CPU ? 0x30000000u : 0))));
  note("epc", last_exception.epc);
  note("status", last_exception.status & 0xff);
  note("t0", last_exception.t0);
  if (code >= EXC_MOD && code <= EXC_ADES) note("badvaddr", last_exception.bad_vaddr);
  if (code >= EXC_MOD && code <= EXC_TLBS) {
    note("hi", last_exception.entry_hi & kEntryHi);
    note("context", last_exception.context & 0x7ffff0);
    // BadVPN2 of XContext has 31 bits here and 27 there, R behind it.
    note("xcontext", last_exception.xcontext & UINT64_C(0x7ffffff0));
  }
}

static int is_64_bit(snippet* f) {
  return f == do_dadd || f == do_dsub || f == do_daddu || f == do_lwu || f == do_ld ||
         f == do_lld || f == do_ldr || f == do_sd || f == do_sdl || f == do_dmfc0;
}

static void instruction(void) {
  static const uint64_t modes[] = {0, STATUS_KSU_SUPERVISOR, STATUS_KSU_USER};
  const uint64_t mode = modes[below(3)];
  const int wide = below(4) != 0;
  uint64_t status = STATUS_AT_START & ~(uint64_t)(STATUS_KX | STATUS_SX | STATUS_UX);
  if (wide) status |= STATUS_KX | STATUS_SX | STATUS_UX;
  status |= mode;
  if (below(6) == 0) status |= STATUS_CU0;
  // The handlers need nothing of this, but the way back does: 64-bit operations are the kernel's
  // always.
  uint64_t arg = below(4) ? some_address() : next() >> below(60);
  if (!wide) arg = (uint64_t)(int64_t)(int32_t)(uint32_t)arg;
  if ((arg >> 40 & 0x3fffff) != 0 && (arg >> 40 & 0x3fffff) != 0x3fffff)
    arg &= UINT64_C(0xc00000ffffffffff);
  // Only data may be hit in the kernel's unmapped memory, and nothing of the program itself.
  const uint64_t number = below(sizeof snippets / sizeof snippets[0] + 1);
  const int is_jump = number == sizeof snippets / sizeof snippets[0];
  const uint64_t form = below(5);
  if (arg - UINT64_C(0xffffffff80000000) < 0x40000000 || arg >> 62 == 2)
    arg = (uint64_t)(uintptr_t)KSEG0(kData) + below(4096);
  // 32-bit operations on anything but sign-extended words are undefined.
  if (!is_jump && (snippets[number].forms[0] == do_add || snippets[number].forms[0] == do_addi ||
                   snippets[number].forms[0] == do_sub))
    arg = (uint64_t)(int64_t)(int32_t)(uint32_t)arg;
  snippet* const f = is_jump ? do_jr : snippets[number].forms[form];
  const uint64_t kernel = (uint64_t)(uintptr_t)f;
  const uint64_t entry = mode == 0 ? kernel : kUserText + (kernel & 0xfff);
  // A jump that arrives executes data; do not let it.
  if (is_jump) arg = base_of(kFirst) + (31 << 20);
  // With CU0 or in kernel mode these change what the next steps build on.
  const int is_privileged =
      !is_jump && (snippets[number].forms[0] == do_tlbwr || snippets[number].forms[0] == do_mtc0 ||
                   snippets[number].forms[0] == do_tlbp);
  if (is_privileged && (mode == 0 || (status & STATUS_CU0))) return;
  if (!is_jump && !wide && mode != 0 && snippets[number].forms[0] == do_dmfc0) return;
  if (!is_jump && !wide && mode == STATUS_KSU_SUPERVISOR && is_64_bit(snippets[number].forms[0]))
    return;
  const uint64_t before = last_exception.count;
  WRITE_CP0(CP0_ENTRYHI, below(3));
  if (trace) note(is_jump ? "jr" : snippets[number].name, status), note("arg", arg);
  if (mode == 0)
    call_with_status(entry, status, arg);
  else
    run_with_status(entry, status, arg);
  note_exception(before);
}

int main(void) {
  const uint64_t steps = argument("steps", 10000), from = argument("from", 0),
                 wants_trace = argument("trace", 0);
  random_state = (argument("seed", 1) + 1) * UINT64_C(0x9e3779b97f4a7c15);
  clear_tlb();
  const uint64_t text = entry_lo(PHYSICAL(snippets_begin), ENTRYLO_CACHED | ENTRYLO_V | ENTRYLO_G);
  write_tlb(1, kUserText, 0, 4096, text, text);
  for (uint64_t* p = KSEG0(kData); p < (uint64_t*)KSEG0(kData + 4096 * kFrames); ++p) *p = next();
  for (step = 0; step < steps; ++step) {
    trace = wants_trace && step >= from;
    if (trace) put_decimal(step);
    switch (below(8)) {
      case 0:
      case 1: write_entry(); break;
      case 2: probe(); break;
      case 3: below(2) ? read_entry() : registers(); break;
      default: instruction(); break;
    }
    if (trace) put_line("");
    if (step % 1000 == 999) {
      put_decimal(step + 1);
      put_text(" ");
      put_hex(sum);
      put_line("");
    }
  }
  put_text("PASS privileged ");
  put_decimal(last_exception.count);
  put_line(" exceptions");
  return 0;
}
