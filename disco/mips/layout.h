/* Offsets that the assembly of the monitor shares with its C++; the hardware's are in
   hardware/r10000/assembly.h. layout_check.cpp compares every one with the types. */
#ifndef DISCO_MIPS_LAYOUT_H
#define DISCO_MIPS_LAYOUT_H

/* The per-CPU page at 0xffffffffffffa000: a negative offset from $0, so that an exception handler
   reaches it before it has a register to spare. One wired TLB entry maps it. */
#define PAGE_BASE (-0x6000)
#define PAGE_K0 (PAGE_BASE + 0)
#define PAGE_K1 (PAGE_BASE + 8)
#define PAGE_AT (PAGE_BASE + 16)
#define PAGE_V0 (PAGE_BASE + 24)
#define PAGE_V1 (PAGE_BASE + 32)
#define PAGE_CONTEXT (PAGE_BASE + 40)
#define PAGE_STACK (PAGE_BASE + 48)
#define PAGE_IN_MONITOR (PAGE_BASE + 56)
#define PAGE_RESUME (PAGE_BASE + 64)
#define PAGE_RUNNING_AT 72
#define PAGE_DIRECTORY_AT 960
#define PAGE_COUNTERS_AT 1024
#define PAGE_BYTES 4096
#define PAGE_SHIFT 12
#define PAGE_STACK_BYTES 16384

/* GuestContext */
#define CONTEXT_GPR 0
#define CONTEXT_HI 256
#define CONTEXT_LO 264
#define CONTEXT_PC 272
#define CONTEXT_CAUSE 280
#define CONTEXT_BAD_VADDR 288
#define CONTEXT_STATUS 296
#define CONTEXT_ENTRY_HI 304
#define VIEW_FRAMES 312
#define VIEW_FRAME_PAIRS 320
#define VIEW_SLOTS 328
#define VIEW_HEADS 336
#define VIEW_L2_ENTRIES 344
#define VIEW_L2_SET_MASK 352
#define VIEW_L2_SALT 360
#define VIEW_ASKS_MORE 368
#define VIEW_WIDE_PAIRS 376

/* StoredEntry, of the virtual TLB and of the L2TLB. */
#define ENTRY_TAG 0
#define ENTRY_LO0 8
#define ENTRY_LO1 16
#define SLOT_NEXT 28
#define ENTRY_BYTES_SHIFT 5
#define TAG_LARGE 0x800
#define SLOT_NONE 0xffff
#define HEADS_MASK 127
#define L2_SET_SHIFT 6
#define L2_ASID_SHIFT 4

/* Rows of counters.def that the assembly counts, as offsets from the page. */
#define COUNT_FAST_DIRECT (PAGE_BASE + PAGE_COUNTERS_AT + 6 * 8)
#define COUNT_FAST_VIRTUAL_TLB (PAGE_BASE + PAGE_COUNTERS_AT + 7 * 8)
#define COUNT_FAST_L2TLB (PAGE_BASE + PAGE_COUNTERS_AT + 8 * 8)

/* Phases and operations, as disco/phases.def numbers them. */
#define MARK_ENTRY 0
#define MARK_TLB_WRITE 5
#define MARK_L2TLB 6
#define MARK_VIRTUAL_TLB 7
#define MARK_DIRECT 8
#define MARK_EXIT 12
#define MARK_FAST_MISS 13
#define MARK_OP_REFILL 0x100

/* csseg's cached window starts where the machine's csseg does, and is this large (2^n bytes). */
#define WINDOW_SHIFT 28
/* xsseg's windows: all physical addresses, cached and once more uncached. */
#define WIDE_REGION 1
#define WIDE_WINDOWS_SHIFT 41

/* 16 KB pages: PageMask, and the bit of an address that chooses the page of a pair. */
#define LARGE_PAGE_MASK 0x6000
#define LARGE_PAGE_BYTES 0x4000

#endif
