#include "draw.h"

struct Options options;

static u64 state;

void seed_draws(u64 seed) {
  state = (seed + 1) * 0x9e3779b97f4a7c15ull | 1;
  for (int n = 0; n < 8; ++n) draw();
}

u64 draw(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state * 0x9e3779b97f4a7c15ull >> 8;
}
u64 below(u64 n) { return draw() % n; }
int coin(u64 n) { return below(n) == 0; }

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ONE_OF(array) (array)[below(COUNT(array))]

// ---- values

// Few places, so that entries, references and probes meet each other: useg, xuseg, csseg's and
// xsseg's mapped parts.
static const u64 bases[] = {0,
                            0,
                            0x10000000,
                            0x10000000,
                            0x7e000000,
                            0x1200000000ull,
                            0x510000000ull,
                            0xffe00000000ull,
                            0xfff80000000ull,
                            0xffffffffd0000000ull,
                            0xffffffffd0000000ull,
                            0xffffffffda000000ull,
                            0x4000020000000000ull,
                            0x4000030010000000ull,
                            0x40000fff80000000ull,
                            0x4000020110000000ull};
// Beyond what some mode or all modes have.
static const u64 odd_places[] = {
    0x100000000000ull,     0x2000000000000000ull, 0xffffffff7fff0000ull, 0x4000100000000000ull,
    0x80000000ull,         0x7fffffffull,         0x7ffffff8ull,         0xfffffffffffull,
    0x0000000180000000ull, 0x90000000ull,         0xd0000000ull,         0x1fffffffffffffffull,
    0xffffffff00020000ull, 0x0fffffff00020000ull, 0x4001000000000000ull};

u64 draw_base(void) { return ONE_OF(bases); }

u64 draw_offset(void) {
  const u64 page = below(24) << 12;
  switch (below(6)) {
    case 0: return page | below(4096);
    case 1: return page | 0xff8;
    case 2: return page | 0xffc;
    default: return page | below(512) << 3;
  }
}

u64 draw_address(void) {
  const u64 kind = below(20);
  if (kind < 13) return draw_base() + draw_offset() + (coin(8) ? 0x1000000 : 0);
  if (kind < 16) return ONE_OF(odd_places);
  if (kind == 16) return draw_base() + 0x20000 + below(4096);
  return DATA + 0x10000 + draw_offset();
}

u64 draw_entry_hi(void) {
  static const u64 spaces[] = {0, 0, 1, 2, 255};
  u64 value = draw_base() + (below(24) << 12) + (coin(8) ? 0x1000000 : 0);
  if (coin(12)) value = odd_places[below(3)];
  return (value & ~0x1fffull) | ONE_OF(spaces) | (coin(4) ? below(32) << 8 : 0);
}

u64 draw_entry_lo(void) {
  // The program's data, the end of its memory, and what is no memory.
  static const u64 frames[] = {0x01000000,      0x01000000, 0x01000000, 0x01000000, 0x01000000,
                               0x01000000,      0x03fff000, 0x04000000, 0x10000000, 0xffff000000ull,
                               0xfffffff000ull, 0x20000000, 0x03ff8000};
  const u64 kind = below(COUNT(frames));
  const u64 at = frames[kind] + (kind < 6 ? below(24) << 12 : 0);
  u64 flags = coin(5) ? below(8) << 3 : 0x18;
  if (!coin(4) || kind >= 6) flags |= 4;
  if (!coin(6)) flags |= 2;
  if (!coin(3)) flags |= 1;
  if (coin(16)) flags |= below(4) << 62;                       // the uncached attribute
  if (coin(16)) flags |= draw() << 36 & 0x3ffffc000000000ull;  // no bits at all
  return at >> 6 | flags;
}

u64 draw_page_mask(void) {
  const u64 kind = below(16);
  if (kind < 9 || options.most_size == 0) return 0;
  if (kind < 15) return ((1ull << 2 * (1 + below(options.most_size))) - 1) << 13;
  return options.most_size < 6 ? 0 : draw() & 0x1fffffff;
}

u64 draw_status(void) {
  static const u64 modes[] = {0, 0, 0, 0x10, 0x10, 0x18};
  u64 value = draw() & 0xf83fffffull & ~0x02400000ull & ~0xfc00ull;  // no RE, no BEV, no lines
  if (coin(2)) value |= 0x04000000;
  if (!coin(3)) value |= 0x20000000;
  if (coin(2)) value &= ~0x300ull;
  value = (value & ~0x1full) | ONE_OF(modes);
  if (coin(3)) value |= 1;
  if (!options.timer && coin(6)) value |= 2;
  if (!options.timer && options.erl && coin(6)) value |= 4;
  if (!coin(4)) value |= kKx | kSx | kUx;
  if (!options.free_modes) value = (value & ~(u64)(kSx | kUx)) | (value & kKx ? kSx | kUx : 0);
  if (coin(4)) value &= ~0x300000ull;
  if (options.timer) value |= 0x8001;
  return value;
}

u64 draw_value(void) {
  switch (below(6)) {
    case 0: return draw() ^ draw() << 30;
    case 1: return below(256);
    case 2: return draw() & 0x7fffffff;
    case 4: return (~0ull >> (3 + below(8))) - below(200);
    default: return draw_address();
  }
}

// ---- instructions

static u32 any(void) { return (u32)below(32); }
static u32 target(void) {
  static const unsigned char registers[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 31};
  return ONE_OF(registers);
}
static u32 immediate(u32 op, u32 rs, u32 rt, u64 value) {
  return op << 26 | rs << 21 | rt << 16 | (u32)(value & 0xffff);
}
static u32 special(u32 rs, u32 rt, u32 rd, u32 shift, u32 function) {
  return rs << 21 | rt << 16 | rd << 11 | shift << 6 | function;
}
static u32 move_to(u32 from, u32 cp0) { return immediate(16, coin(2) ? 5 : 4, from, cp0 << 11); }
static u64 small_offset(void) {
  switch (below(4)) {
    case 0: return 0;
    case 1: return below(64) * 8;
    case 2: return below(32) * 4;
    default: return below(4096);
  }
}

static u32 draw_move_from(void) {
  static const unsigned char readable[] = {0,  2,  3,  4,  5,  6,  8,  10, 12, 13, 14, 15, 16, 16,
                                           18, 19, 20, 21, 22, 26, 27, 28, 29, 30, 7,  23, 24, 31};
  u32 number = readable[below(options.timer ? 24 : COUNT(readable))];
  if (options.timer && (number == 13 || number == 14 || number == 12)) number = 10;
  if (options.hide_hits && number == 12) number = 10;
  return immediate(16, (u32)coin(2), target(), number << 11);
}

static u32 draw_move_to(void) {
  static const unsigned char writable[] = {0,  4,  5,  6,  8,  14, 15, 17, 20, 22, 26,
                                           27, 28, 29, 30, 13, 7,  16, 1,  23, 24, 31};
  u32 number = ONE_OF(writable), from = any();
  if (options.timer && (number == 13 || number == 14)) number = 20;
  if (options.random_write && number == 6) number = 20;
  if (number == 0 || number == 6) from = 15;  // an index
  if (number == 16) from = 0;                 // Config.K0 stays
  if (number == 5) from = 14;                 // a page mask
  return move_to(from, number);
}

static u32 draw_cache(void) {
  static const unsigned char operations[] = {0x10, 0x11, 0x15, 0x13, 0x17, 0x12, 0x16, 0x1b, 0x19,
                                             0,    1,    2,    3,    4,    5,    6,    7,    8,
                                             9,    0x14, 0x18, 0x1a, 0x1c, 0x1d, 0x1e, 0x1f};
  const u64 kinds = options.index_cache ? COUNT(operations) : 5;
  return immediate(47, any(), operations[below(kinds)], small_offset());
}

static u32 draw_fpu(void) {
  static const unsigned char moves[] = {0, 1, 2, 4, 5, 6}, memory[] = {49, 53, 57, 61};
  if (options.no_fpu) return 0;
  switch (below(5)) {
    case 0:
      return 17u << 26 | (u32)(16 + below(2)) << 21 | any() << 16 | any() << 11 | any() << 6 |
             (u32)below(64);
    case 1: {
      const u32 move = ONE_OF(moves), fpr = move == 6 || move == 2 ? 31 : any();
      return 17u << 26 | move << 21 | target() << 16 | fpr << 11;
    }
    case 2: return immediate(ONE_OF(memory), any(), any(), small_offset());
    case 3: return 19u << 26 | (u32)(draw() & 0x3ffffff);
    default: return 17u << 26 | (u32)(20 + below(2)) << 21 | (u32)(below(65536) << 6 & 0x1fffff);
  }
}

static u32 draw_arithmetic(void) {
  static const unsigned char three[] = {32, 34, 44, 46, 45, 47, 33, 35, 36, 37,
                                        38, 39, 42, 43, 20, 22, 23, 10, 11},
                             shifts[] = {0, 2, 3, 56, 58, 59, 60, 62, 63};
  switch (below(5)) {
    case 0: return special(any(), any(), target(), 0, ONE_OF(three));
    case 1: return special(any(), any(), 0, 0, 24 + (u32)below(8));
    case 2: return special(0, 0, target(), 0, coin(2) ? 16 : 18);
    case 3: return special(0, any(), target(), any(), ONE_OF(shifts));
    default: return immediate(25, any(), target(), draw());
  }
}

static u32 draw_any(void) {
  static const unsigned char loads[] = {32, 33, 34, 35, 36, 37, 38, 39, 55, 26, 27, 48, 52},
                             stores[] = {40, 41, 42, 43, 44, 45, 46, 63};
  const u64 kind = below(44);
  if (kind < 4) return draw_move_from();
  if (kind < 6) return move_to(16 + (u32)below(4), 10);
  if (kind < 8) return move_to(20 + (u32)below(4), kind == 6 ? 2 : 3);
  if (kind < 9) return draw_move_to();
  if (kind < 11) return immediate(16, 4, 24 + (u32)below(2), 12 << 11);  // Status
  if (kind < 13) return 0x42000002;                                      // tlbwi
  if (kind < 14) return options.random_write ? 0x42000006 : 0x42000008;
  if (kind < 16) return 0x42000008;                               // tlbp
  if (kind < 17) return 0x42000001;                               // tlbr
  if (kind < 18) return options.timer ? 0x42000008 : 0x42000018;  // eret
  if (kind < 19) return coin(6) ? 0x42000000 | (u32)(draw() & 0x1ffffff) : 0x42000008;
  if (kind < 20) return draw_cache();
  if (kind < 26) return immediate(ONE_OF(loads), any(), target(), small_offset());
  if (kind < 31) return immediate(ONE_OF(stores), any(), any(), small_offset());
  if (kind < 32) return coin(2) ? 12 : 13;  // syscall, break
  if (kind < 33)
    return coin(3) ? immediate(1, any(), 8 + (u32)below(7), draw())
                   : special(any(), any(), 0, 0, 48 + (u32)below(7));  // traps
  if (kind < 38) return draw_arithmetic();
  if (kind < 42) return draw_fpu();
  return coin(3) ? (u32)draw() : 18u << 26 | (u32)(draw() & 0x3ffffff);
}

static int is_branch(u32 word) {
  const u32 op = word >> 26, rt = word >> 16 & 31, function = word & 63;
  if ((op >= 2 && op <= 7) || (op >= 20 && op <= 23) || op == 29) return 1;
  if (op == 0) return function == 8 || function == 9;
  if (op == 1) return rt < 4 || (rt >= 16 && rt < 20);
  return op == 17 && (word >> 21 & 31) == 8;
}

static int is_kept(u32 reg) { return reg > 15 && reg != 31; }

/// Coprocessor 0: what would change the registers that the program relies on, or show what differs
/// by nature (Count, Random, what holds times).
static int is_unwanted_cop0(u32 word) {
  const u32 rs = word >> 21 & 31, rt = word >> 16 & 31, rd = word >> 11 & 31, function = word & 63;
  if (rs == 4 || rs == 5) {
    if (rd == 12) return rt != 24 && rt != 25;
    if (rd == 21 || rd == 9 || rd == 18 || rd == 19 || rd == 25 || rd == 11) return 1;
    if (rd == 2 || rd == 3) return rt < 20 || rt > 23;
    if (rd == 10) return rt < 16 || rt > 19;
    if (options.timer && (rd == 13 || rd == 14)) return 1;
    return options.random_write && rd == 6;
  }
  if (rs == 0 || rs == 1) {
    if (rd == 1 || rd == 9 || rd == 11 || rd == 25) return 1;
    return (rd == 17 && !options.link_address) || is_kept(rt);
  }
  if (rs >= 16 && function == 6) return !options.random_write;
  return rs >= 16 && function == 24 && options.timer;
}

/// Other words that change registers that are kept, or whose effect depends on when an interrupt
/// comes.
static int is_unwanted(u32 word) {
  const u32 op = word >> 26, rs = word >> 21 & 31, rt = word >> 16 & 31, rd = word >> 11 & 31;
  const u32 function = word & 63;
  if (op == 16) return is_unwanted_cop0(word);
  if (op == 0) {
    const int writes =
        function != 12 && function != 13 && !(function >= 24 && function < 32) && function < 48;
    if ((writes || function >= 56) && is_kept(rd)) return 1;
    return options.timer && (function == 5 || function == 15);
  }
  if (op == 1) return rt >= 16;
  if (op == 56 || op == 60) return 1;  // sc, scd: whether the link still stands
  if (op == 17 && rs < 3 && is_kept(rt)) return 1;
  if (options.timer && (op == 48 || op == 52)) return 1;
  const int writes_rt = (op >= 8 && op <= 15) || (op >= 24 && op <= 27) || (op >= 32 && op <= 39) ||
                        op == 48 || op == 52 || op == 55 || op == 28 || op == 31;
  if (op == 47 && !options.index_cache && !(rt >= 0x10 && rt <= 0x1b && rt != 0x14)) return 1;
  return writes_rt && is_kept(rt);
}

u32 draw_instruction(void) {
  u32 word;
  do {
    word = draw_any();
  } while (is_branch(word) || is_unwanted(word));
  // Small registers minus something would be in kseg3, which guests have not.
  const u32 op = word >> 26;
  return op >= 26 && (op < 28 || op > 31) ? word & ~0x8000u : word;
}

u32 draw_branch(void) {
  const u64 words = 1 + below(6);
  switch (below(12)) {
    case 0: return immediate(4, any(), any(), words);
    case 1: return immediate(5, any(), any(), words);
    case 2: return immediate(20, any(), any(), words);
    case 3: return immediate(21, any(), any(), words);
    case 4: return immediate(6 + (u32)below(2), any(), 0, words);
    case 5: return immediate(22 + (u32)below(2), any(), 0, words);
    case 6: return immediate(1, any(), (u32)below(4), words);
    case 7: return immediate(1, any() & 15, 16 + (u32)below(4), words);
    case 8: return options.no_fpu ? 0x10000002 : immediate(17, 8, any(), words);
    case 9: return special(27, 0, 0, 0, 8);
    case 10: return special(27, 0, target(), 0, 9);
    default: return immediate(4, 0, 0, words);
  }
}
