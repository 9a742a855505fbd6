// Everything that a step draws: numbers, addresses, what goes into CP0, instructions.
#pragma once

#include <stdint.h>

typedef uint64_t u64;
typedef uint32_t u32;
typedef int64_t i64;

enum {
  kTlbEntries = 64,
  kWired = 4,  // of the program itself; entry 0 is not used
  kUx = 0x20,
  kSx = 0x40,
  kKx = 0x80
};

/// Where the program's own memory lies, in csseg.
#define WINDOW 0xffffffffc0000000ull
#define DATA (WINDOW + 0x01000000)
#define CODE_AT 0x01020000ull

/// What the command line asks for.
struct Options {
  u64 seed, steps, from;  // steps are numbered; those before `from` are left out
  u64 show_from, show_to;
  u64 free_modes;    // KX, SX and UX independent of each other; else all three or none
  u64 erl;           // Status.ERL
  u64 timer;         // interrupts by Compare
  u64 random_write;  // tlbwr, with one index left
  u64 index_cache;   // CACHE by index too
  u64 link_address;  // LLAddr is looked at
  u64 no_fpu;
  u64 hide_hits;  // Status.CH: a guest's CACHE finds nothing
  u64 most_size;  // size classes of pages up to this
};
extern struct Options options;

void seed_draws(u64 seed);
u64 draw(void);
u64 below(u64 n);
/// One time in `n`.
int coin(u64 n);

u64 draw_base(void);
u64 draw_address(void);
u64 draw_entry_hi(void);
u64 draw_entry_lo(void);
u64 draw_page_mask(void);
u64 draw_status(void);
u64 draw_value(void);
u64 draw_offset(void);

/// Registers 1-15 and 31 are what instructions change; 16-30 hold addresses, EntryHi, EntryLo,
/// Status and a return address, so that what they are used for often means something.
u32 draw_instruction(void);
u32 draw_branch(void);
