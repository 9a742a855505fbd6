// A kernel that does random things to its processor, step by step, and says what it saw. A step
// draws a piece of code, registers, CP0 and a few TLB entries, runs the code in some mode until it
// ends in a breakpoint or an exception, and takes registers, CP0 and every exception into a running
// hash. The hash after every 16 steps is printed; a step that is to be shown is printed whole. What
// a step draws depends on the seed and its number only.
#include <stddef.h>

#include "draw.h"
#include "frame.h"

extern volatile u64 frame[64], boot_tree;
void enter(const u64 registers[40], u64 status, u64 by_eret, u64 target);
void load_fpu(u64 state[33]);
void save_fpu(u64 state[33]);
int on_exception(void);
int main(void);

#define FRAME(field) frame[(field) / 8]
#define TEXT_(number) #number
#define READ_CP0(number)                                          \
  ({                                                              \
    u64 value_;                                                   \
    __asm__ volatile("dmfc0 %0, $" TEXT_(number) : "=r"(value_)); \
    value_;                                                       \
  })
#define READ_CP0_32(number)                                      \
  ({                                                             \
    u64 value_;                                                  \
    __asm__ volatile("mfc0 %0, $" TEXT_(number) : "=r"(value_)); \
    value_;                                                      \
  })
#define WRITE_CP0(number, value) \
  __asm__ volatile("dmtc0 %0, $" TEXT_(number) : : "r"((u64)(value)) : "memory")

enum { kKernelMode = kKx | kSx | kUx, kVectorWords = 128 };

void* memset(void* to, int c, size_t n) {
  for (char* p = to; n-- > 0; ++p) *p = (char)c;
  return to;
}
void* memcpy(void* to, const void* from, size_t n) {
  const char* q = from;
  for (char* p = to; n-- > 0; ++p) *p = *q++;
  return to;
}

// ---- saying

static void put(char c) { *(volatile char*)0xffffffffdc001008 = c; }  // the debug console
static void put_text(const char* s) {
  while (*s) put(*s++);
}
static void put_hex(u64 value) {
  int shift = 60;
  while (shift > 0 && !(value >> shift & 15)) shift -= 4;
  for (; shift >= 0; shift -= 4) put("0123456789abcdef"[value >> shift & 15]);
}
static void put_field(const char* name, u64 value) {
  put_text(name);
  put('=');
  put_hex(value);
  put(' ');
}

static u64 hash = 1469598103934665603ull;
static int showing;

static u64 seen_status(u64 status) { return options.hide_hits ? status & ~0x40000ull : status; }

static void note(const char* name, u64 value) {
  hash = (hash ^ value) * 1099511628211ull;
  hash ^= hash >> 29;
  if (showing) put_field(name, value);
}

// ---- the command line, out of the device tree

static const char* bootargs = "";

static int is_same(const char* a, const char* b) {
  while (*a && *a == *b) ++a, ++b;
  return *a == *b;
}

static void find_arguments(void) {
  const u64 tree = (boot_tree & 0x0fffffff) | WINDOW;
  const u32* header = (const u32*)tree;
  const u32* token = (const u32*)(tree + header[2]);
  const char* names = (const char*)(tree + header[3]);
  for (;;) {
    const u32 kind = *token++;
    if (kind == 1) {
      size_t length = 0;
      while (((const char*)token)[length]) ++length;
      token += length / 4 + 1;
    } else if (kind == 3) {
      if (is_same(names + token[1], "bootargs")) {
        bootargs = (const char*)(token + 2);
        return;
      }
      token += 2 + (token[0] + 3) / 4;
    } else if (kind != 2 && kind != 4) {
      return;
    }
  }
}

static u64 argument(const char* name, u64 usual) {
  for (const char* p = bootargs; *p; ++p) {
    if (p != bootargs && p[-1] != ' ') continue;
    const char *a = p, *b = name;
    while (*b && *a == *b) ++a, ++b;
    if (*b || *a != '=') continue;
    u64 value = 0;
    while (*++a >= '0' && *a <= '9') value = value * 10 + (u64)(*a - '0');
    return value;
  }
  return usual;
}

// ---- the TLB

static void write_tlb(u64 index, u64 hi, u64 lo0, u64 lo1, u64 mask) {
  WRITE_CP0(10, hi);
  WRITE_CP0(2, lo0);
  WRITE_CP0(3, lo1);
  WRITE_CP0(5, mask);
  WRITE_CP0(0, index);
  __asm__ volatile("tlbwi" ::: "memory");
}

static u64 free_index(void) { return kWired + below(kTlbEntries - kWired); }

static void note_tlb(void) {
  const u64 hi = READ_CP0(10), lo0 = READ_CP0(2), lo1 = READ_CP0(3), mask = READ_CP0(5),
            index = READ_CP0(0);
  for (u64 n = 0; n < kTlbEntries; ++n) {
    WRITE_CP0(0, n);
    __asm__ volatile("tlbr");
    note("hi", READ_CP0(10));
    note("lo0", READ_CP0(2));
    note("lo1", READ_CP0(3));
    note("mask", READ_CP0(5));
    if (showing) put('\n');
  }
  WRITE_CP0(10, hi);
  WRITE_CP0(2, lo0);
  WRITE_CP0(3, lo1);
  WRITE_CP0(5, mask);
  WRITE_CP0(0, index);
}

static void note_memory(void) {
  static const u64 pieces[][2] = {
      {DATA, 0x40000}, {WINDOW + 0x03ff8000, 0x8000}, {WINDOW + 0x03000000, 0x20000}};
  u64 sum = 0;
  for (size_t n = 0; n < sizeof pieces / sizeof *pieces; ++n) {
    const u64* word = (const u64*)pieces[n][0];
    for (u64 left = pieces[n][1] / 8; left > 0; --left)
      sum = (sum ^ *word++) * 1099511628211ull + (sum >> 31);
  }
  note("memory", sum);
}

// ---- exceptions in a step. True: the step goes on where FRAME_EPC says

static u64 exceptions, interrupts;
static int has_eret;

/// A missing, invalid or clean page: an entry is written for it, or the instruction left out.
static int handle_tlb_exception(u64 code, int in_slot) {
  if (coin(5)) return 0;
  if (code == 1 && coin(2)) {
    if (in_slot) return 0;
    FRAME(FRAME_EPC) += 4;
    return 1;
  }
  const u64 va = FRAME(FRAME_BADVADDR);
  // The program's own windows have no entries in a guest's TLB that it could replace.
  if (va >> 28 == WINDOW >> 28 || va >> 26 == 0xffffffffdc000000ull >> 26) return 0;
  u64 lo0 = draw_entry_lo() | 2, lo1 = draw_entry_lo() | 2;
  if (coin(3)) lo0 |= 4, lo1 |= 4;
  WRITE_CP0(2, lo0);
  WRITE_CP0(3, lo1);
  WRITE_CP0(5, coin(4) ? draw_page_mask() : 0);
  __asm__ volatile("tlbp");
  const i64 found = (int32_t)READ_CP0_32(0);
  if (found > 0 && found < kWired) return 0;
  if (found < 0) WRITE_CP0(0, free_index());
  if (options.random_write && found < 0 && coin(2)) {
    __asm__ volatile("tlbwr" ::: "memory");
  } else {
    __asm__ volatile("tlbwi" ::: "memory");
  }
  return 1;
}

int on_exception(void) {
  const u64 cause = FRAME(FRAME_CAUSE), code = cause >> 2 & 31;
  const int in_slot = (cause >> 31 & 1) != 0;
  if (options.timer && code == 0 && (cause & 0x8000)) {
    WRITE_CP0(11, (u32)(READ_CP0_32(9) + 60 + interrupts * 7 % 3000));
    ++interrupts;
    return 1;
  }
  ++exceptions;
  if (showing) put_text("\n  X ");
  note("vector", FRAME(FRAME_VECTOR));
  note("cause", cause & ~0xfc00ull);
  note("epc", FRAME(FRAME_EPC));
  note("badvaddr", FRAME(FRAME_BADVADDR));
  note("status", seen_status(FRAME(FRAME_STATUS)));
  note("context", FRAME(FRAME_CONTEXT));
  note("xcontext", FRAME(FRAME_XCONTEXT));
  note("entryhi", FRAME(FRAME_ENTRYHI));
  // Its own code has gone wrong, or enough has been seen.
  if (code == 9 || exceptions > 10 || has_eret || FRAME(FRAME_EPC) >> 20 == 0xffffffffc01ull)
    return 0;
  if (code == 0) {
    WRITE_CP0(13, 0);
    return 1;
  }
  if (code >= 1 && code <= 3) return handle_tlb_exception(code, in_slot);
  if (code == 11 && (cause >> 28 & 3) == 1 && coin(2)) return 0;
  if (coin(2) || in_slot) return 0;
  FRAME(FRAME_EPC) += 4;
  return 1;
}

// ---- a step

static u64 registers[40] __attribute__((aligned(16))), fpu[40];
static u32 vectors[kVectorWords];

struct Plan {
  u32* code;
  int words;
  u64 pc, status, by_eret;
};

static struct Plan draw_code(void) {
  struct Plan plan;
  const u64 at = below(3) == 0 ? 0xff0 - below(8) * 4 : below(0x300) * 4, base = draw_base();
  const int direct = coin(2);
  plan.code = (u32*)(WINDOW + CODE_AT + at);
  plan.pc = direct ? WINDOW + CODE_AT + at : base + 0x20000 + at;
  if (!direct) {
    const u64 mask = coin(3) && options.most_size > 0
                         ? ((1ull << 2 * below(options.most_size + 1)) - 1) << 13
                         : 0;
    const u64 lo0 = CODE_AT >> 6 | 0x1e | (u64)coin(2);
    const u64 lo1 =
        (lo0 & 1) | (coin(2) ? (CODE_AT + 0x1000) >> 6 | 0x1e : draw_entry_lo() & ~1ull);
    write_tlb(free_index(), ((base + 0x20000) & ~0x1fffull) | (u64)!coin(2), lo0, lo1, mask);
  }
  plan.words = 0;
  const int wanted = 1 + (int)below(12);
  while (plan.words < wanted) {
    if (coin(5)) plan.code[plan.words++] = draw_branch();
    plan.code[plan.words++] = draw_instruction();
  }
  has_eret = 0;
  for (int n = 0; n < plan.words; ++n) {
    if (plan.code[n] >> 25 == 0x21 && (plan.code[n] & 63) == 24) has_eret = 1;
  }
  for (int n = 0; n < 24; ++n) plan.code[plan.words + n] = 13;  // break

  plan.status = draw_status();
  plan.by_eret = (u64)coin(2);
  if (has_eret) plan.by_eret = 0;
  if (has_eret || (!plan.by_eret && !direct && coin(2)) || (direct && !coin(4)))
    plan.status &= ~0x18ull;
  if (options.timer) {
    plan.status |= 0x8001;
    plan.by_eret = 1;
  }
  return plan;
}

static void draw_registers(const struct Plan* plan) {
  for (int n = 1; n < 34; ++n) registers[n] = draw_value();
  for (int n = 16; n < 20; ++n) registers[n] = draw_entry_hi();
  for (int n = 20; n < 24; ++n) registers[n] = draw_entry_lo();
  for (int n = 24; n < 26; ++n) registers[n] = draw_status();
  registers[28] = DATA + 0x10000 + draw_offset();
  registers[29] = draw_address();
  registers[30] = draw_address();
  registers[15] = kWired + below(coin(8) ? 200 : kTlbEntries - kWired);
  registers[14] = draw_page_mask();
  const u64 next = (coin(2) ? plan->pc : (u64)plan->code) + (u64)plan->words * 4 + 8;
  registers[27] = coin(4) ? draw_address() : next + (coin(12) ? below(4) : 0);
  registers[26] = 0;
}

static void draw_cp0(const struct Plan* plan) {
  const u64 end = plan->pc + (u64)plan->words * 4;
  WRITE_CP0(10, draw_entry_hi());
  WRITE_CP0(2, draw_entry_lo());
  WRITE_CP0(3, draw_entry_lo());
  WRITE_CP0(5, draw_page_mask());
  WRITE_CP0(0, registers[15]);
  WRITE_CP0(4, draw() << 23);
  WRITE_CP0(20, draw() << 37);
  WRITE_CP0(30, coin(2) ? end : draw_address());
  if (!options.timer) WRITE_CP0(13, coin(3) ? draw() & 0x300 : 0);
  if (coin(4)) {
    WRITE_CP0(28, draw());
    WRITE_CP0(29, draw());
    WRITE_CP0(26, draw());
    WRITE_CP0(17, draw());
    WRITE_CP0(22, draw());
  }
  if (plan->pc != (u64)plan->code && coin(2)) WRITE_CP0(10, (READ_CP0(10) & ~0xffull) | 1);
  WRITE_CP0(14, coin(2) ? end + 4 : draw_address());
}

static void note_registers(void) {
  static const char* const names[] = {"",   "r1", "r2",  "r3",  "r4",  "r5",  "r6",  "r7",
                                      "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"};
  for (int n = 1; n < 32; ++n) {
    if (n != 26) note(n < 16 ? names[n] : "r", frame[n]);
  }
  note("hi", FRAME(FRAME_HI));
  note("lo", FRAME(FRAME_LO));
  if (showing) put('\n');
  note("index", READ_CP0(0));
  note("lo0", READ_CP0(2));
  note("lo1", READ_CP0(3));
  note("context", READ_CP0(4));
  note("mask", READ_CP0(5));
  note("wired", READ_CP0(6));
  note("cp7", READ_CP0(7));
  note("badvaddr", READ_CP0(8));
  note("entryhi", READ_CP0(10));
  note("status", seen_status(READ_CP0(12)));
  if (!options.timer) {
    note("cause", READ_CP0(13) & ~0xfc00ull);
    note("epc", READ_CP0(14));
  }
  note("prid", READ_CP0(15));
  note("config", READ_CP0(16));
  if (options.link_address) note("lladdr", READ_CP0(17));
  note("watchlo", READ_CP0(18));
  note("watchhi", READ_CP0(19));
  note("xcontext", READ_CP0(20));
  note("framemask", READ_CP0(21));
  note("brdiag", READ_CP0(22));
  note("ecc", READ_CP0(26));
  note("cacheerr", READ_CP0(27));
  note("taglo", READ_CP0(28));
  note("taghi", READ_CP0(29));
  note("errorepc", READ_CP0(30));
}

static void show_plan(u64 number, const struct Plan* plan) {
  put_text("\nSTEP ");
  put_hex(number);
  put(' ');
  put_field("status", plan->status);
  put_field("by_eret", plan->by_eret);
  put_field("pc", plan->pc);
  put_field("entryhi", READ_CP0(10));
  put_field("framemask", READ_CP0(21));
  put('\n');
  for (int n = 0; n < plan->words; ++n) {
    put_text("  .word 0x");
    put_hex(plan->code[n]);
    put('\n');
  }
  for (u64 n = 1; n < 32; ++n) {
    put('$');
    put_hex(n);
    put_field("", registers[n]);
  }
}

static void run_step(u64 number) {
  seed_draws(options.seed << 40 ^ number);
  showing = number >= options.show_from && number < options.show_to;
  exceptions = 0;
  WRITE_CP0(12, kKernelMode);
  for (int n = 0; n < kVectorWords; ++n) ((volatile u32*)WINDOW)[n] = vectors[n];
  if (coin(30) && !options.no_fpu) {
    for (int n = 0; n < 32; ++n) fpu[n] = draw() ^ draw() << 32;
    fpu[32] = draw() & 0x7f;
    load_fpu(fpu);
    WRITE_CP0(12, kKernelMode);
  }
  u64 wired = kWired + (coin(8) ? below(70) : below(5));
  if (options.random_write) wired = kTlbEntries - 1;  // one index is left: tlbwr means it
  WRITE_CP0(6, wired);
  const u64 frame_mask = coin(10) ? draw() & 0xfffc : 0;
  WRITE_CP0(21, options.timer ? 0 : frame_mask);
  for (u64 left = below(4); left > 0; --left) {
    const u64 hi = draw_entry_hi(), lo0 = draw_entry_lo(), lo1 = draw_entry_lo();
    write_tlb(free_index(), hi, lo0, lo1, draw_page_mask());
  }
  const struct Plan plan = draw_code();
  draw_registers(&plan);
  draw_cp0(&plan);
  if (showing) show_plan(number, &plan);
  enter(registers, plan.status, plan.by_eret, plan.pc);
  note_registers();
  WRITE_CP0(12, kKernelMode);
  if (!options.no_fpu && coin(4)) {
    save_fpu(fpu);
    WRITE_CP0(12, kKernelMode);
    for (int n = 0; n < 33; ++n) note("f", fpu[n]);
  }
  if (coin(64)) {
    note_memory();
    note_tlb();
  }
  if (showing) put('\n');
  if ((number & 15) == 15 || showing) {
    put('#');
    put_hex(number);
    put(' ');
    put_hex(hash);
    put('\n');
  }
}

int main(void) {
  find_arguments();
  options.seed = argument("seed", 1);
  options.from = argument("from", 0);
  options.steps = argument("steps", 1000);
  options.show_from = argument("show", ~0ull);
  options.show_to = options.show_from + argument("shown", 1);
  options.free_modes = argument("modes", 0);
  options.erl = argument("erl", 0);
  options.timer = argument("timer", 0);
  options.random_write = argument("tlbwr", 0);
  options.index_cache = argument("index", 0);
  options.link_address = argument("link", 0);
  options.no_fpu = argument("nofpu", 0);
  options.hide_hits = argument("hidehits", 0);
  options.most_size = argument("sizes", 6);

  for (int n = 0; n < kVectorWords; ++n) vectors[n] = ((volatile u32*)WINDOW)[n];
  for (u64 at = DATA; at < DATA + 0x3000000; at += 0x100) *(volatile u32*)at = 13;
  for (u64 n = kWired; n < kTlbEntries; ++n)
    write_tlb(n, 0xffffffffd8000000ull + n * 0x2000, 0, 0, 0);
  WRITE_CP0(18, 0);
  WRITE_CP0(19, 0);
  WRITE_CP0(28, 0);
  WRITE_CP0(29, 0);
  WRITE_CP0(26, 0);
  WRITE_CP0(17, 0);
  WRITE_CP0(30, 0);
  WRITE_CP0(22, 0);
  if (!options.no_fpu) {
    for (int n = 0; n < 33; ++n) fpu[n] = 0;
    load_fpu(fpu);
  }
  WRITE_CP0(12, kKernelMode);
  if (options.timer) WRITE_CP0(11, (u32)READ_CP0_32(9) + 3000);
  for (u64 n = options.from; n < options.from + options.steps; ++n) run_step(n);
  showing = 0;
  note_memory();
  note_tlb();
  put_text("DONE ");
  put_hex(hash);
  put_text(" interrupts ");
  put_hex(interrupts);
  put('\n');
  return 0;
}
