// The assembly miss path: a TLB refill that the pmap, the virtual TLB or the L2TLB can answer, with five
// registers saved instead of thirty-two. It does for the common cases exactly what miss_path.cpp does for
// all of them: 4 KB pages that are not global, with frames in ordinary memory, are entered in those
// tables under a tag that is EntryHi itself, 16 KB pages under one with a bit that EntryHi lacks; all
// others have a tag that neither equals, and so are left to C++, like everything that the virtual modes
// forbid (Vcpu::publish_miss_view). Who has neither 16 KB pages nor a use for xsseg's window pays two
// instructions for them, where the L2TLB is asked.
//
// On an exception the machine has put VPN2 and the ASID into EntryHi: what tlbwr needs, and the tag.
#include "disco/mips/layout.h"
#include "disco/mips/marks.h"
#include "hardware/r10000/assembly.h"

/* The bits of C that coherent memory's does not have. */
#define NOT_COHERENT ((7 ^ R10000_COHERENT_EXCLUSIVE_ON_WRITE) << R10000_ENTRYLO_C_SHIFT)

        .set    noreorder
        .set    noat
        .text
        .globl  disco_fast_miss, disco_fast_miss_end

// Counts, restores and returns to the guest.
        .macro  FINISH counter
        tlbwr
        MARK    MARK_EXIT
        ld      $v0, \counter($0)
        ld      $at, PAGE_AT($0)
        ld      $v1, PAGE_V1($0)
        daddiu  $v0, $v0, 1
        sd      $v0, \counter($0)
        ld      $v0, PAGE_V0($0)
        ld      $k1, PAGE_K1($0)
        ld      $k0, PAGE_K0($0)
        eret
        .endm

// v1: an entry whose tag matched. Makes the real EntryLo of both pages through the pmap. The page that
// was missed must be valid: if it is not, the guest kernel is to hear of it, from C++.
        .macro  ENTER counter
        dmfc0   $at, $R10000_BADVADDR
        ld      $v0, ENTRY_LO0($v1)
        ld      $v1, ENTRY_LO1($v1)
        andi    $at, $at, PAGE_BYTES
        move    $k0, $v0
        movn    $k0, $v1, $at
        andi    $k0, $k0, R10000_ENTRYLO_V
        beqz    $k0, to_cpp
        ld      $k1, VIEW_FRAMES($k1)
        MARK    MARK_TLB_WRITE
        dsrl    $at, $v0, R10000_ENTRYLO_PFN_SHIFT
        dsll    $at, $at, 3
        daddu   $at, $at, $k1
        ld      $k0, 0($at)             // the frame, and a mask of rights in the place of C, D, V, G
        dsrl    $at, $v1, R10000_ENTRYLO_PFN_SHIFT
        dsll    $at, $at, 3
        daddu   $at, $at, $k1
        ld      $k1, 0($at)
        li      $at, ~R10000_ENTRYLO_ATTRIBUTES
        or      $v0, $v0, $at
        or      $v1, $v1, $at
        and     $v0, $v0, $k0
        and     $v1, $v1, $k1
        dmtc0   $v0, $R10000_ENTRYLO0
        dmtc0   $v1, $R10000_ENTRYLO1
        FINISH  \counter
        .endm

// v1: an entry of 16 KB pages whose tag matched. Makes the real pair of 4 KB pages around the address out
// of the page that was missed.
        .macro  ENTER_PART counter
        dmfc0   $at, $R10000_BADVADDR
        ld      $v0, ENTRY_LO0($v1)
        ld      $v1, ENTRY_LO1($v1)
        andi    $k0, $at, LARGE_PAGE_BYTES
        movn    $v0, $v1, $k0
        andi    $k0, $v0, R10000_ENTRYLO_V
        beqz    $k0, to_cpp
        ld      $k1, VIEW_FRAMES($k1)
        MARK    MARK_TLB_WRITE
        dsrl    $v1, $v0, R10000_ENTRYLO_PFN_SHIFT
        dsll    $v1, $v1, 3
        andi    $at, $at, 2 * PAGE_BYTES        // the second pair of the page?
        dsrl    $at, $at, PAGE_SHIFT - 3
        daddu   $at, $at, $v1
        daddu   $at, $at, $k1
        ld      $k0, 0($at)
        ld      $k1, 8($at)
        li      $at, ~R10000_ENTRYLO_ATTRIBUTES
        or      $v0, $v0, $at
        and     $k0, $k0, $v0
        and     $k1, $k1, $v0
        dmtc0   $k0, $R10000_ENTRYLO0
        dmtc0   $k1, $R10000_ENTRYLO1
        FINISH  \counter
        .endm

disco_fast_miss:
        sd      $k1, PAGE_K1($0)
        dmfc0   $k0, $R10000_BADVADDR
        sd      $at, PAGE_AT($0)
        ld      $k1, PAGE_CONTEXT($0)
        dsra    $at, $k0, WINDOW_SHIFT  // csseg's cached window?
        daddiu  $at, $at, (-R10000_CSSEG) >> WINDOW_SHIFT
        sd      $v0, PAGE_V0($0)
        bnez    $at, mapped
        sd      $v1, PAGE_V1($0)

        MARK    MARK_DIRECT
        ld      $v0, VIEW_FRAME_PAIRS($k1)
        dsll32  $at, $k0, 32 - WINDOW_SHIFT     // the offset in the window ...
        dsrl32  $at, $at, 32 - WINDOW_SHIFT + PAGE_SHIFT + 1    // ... as the number of a page pair
        sltu    $v1, $at, $v0
        beqz    $v1, to_cpp
        ld      $v0, VIEW_FRAMES($k1)
direct_pair:
        dsll    $at, $at, 4
        daddu   $at, $at, $v0
        ld      $v0, 0($at)
        ld      $v1, 8($at)
        MARK    MARK_TLB_WRITE
        li      $at, ~NOT_COHERENT      // of the rights, make C, D, V, G of coherent memory
        and     $v0, $v0, $at
        and     $v1, $v1, $at
        ori     $v0, $v0, R10000_ENTRYLO_G      // global even where the odd page does not exist
        ori     $v1, $v1, R10000_ENTRYLO_G
        dmtc0   $v0, $R10000_ENTRYLO0
        dmtc0   $v1, $R10000_ENTRYLO1
        FINISH  COUNT_FAST_DIRECT

mapped:
        MARK    MARK_VIRTUAL_TLB
        dmfc0   $k0, $R10000_ENTRYHI
        ld      $v0, VIEW_HEADS($k1)
        dsrl    $at, $k0, R10000_ENTRYHI_VPN2_SHIFT
        andi    $at, $at, HEADS_MASK
        dsll    $at, $at, 1
        daddu   $v0, $v0, $at
        lhu     $at, 0($v0)
1:      xori    $v0, $at, SLOT_NONE     // chains end; VirtualTlb keeps them acyclic
        beqz    $v0, second_level
        dsll    $v1, $at, ENTRY_BYTES_SHIFT
        ld      $v0, VIEW_SLOTS($k1)
        daddu   $v1, $v1, $v0
        ld      $v0, ENTRY_TAG($v1)
        bne     $v0, $k0, 1b
        lhu     $at, SLOT_NEXT($v1)
        ENTER   COUNT_FAST_VIRTUAL_TLB

second_level:
        MARK    MARK_L2TLB
        ld      $v0, VIEW_ASKS_MORE($k1)
        bnez    $v0, more
small_second_level:
        andi    $v0, $k0, R10000_ENTRYHI_ASID
        dsll    $v0, $v0, L2_ASID_SHIFT
        dsrl    $at, $k0, R10000_ENTRYHI_VPN2_SHIFT
        xor     $at, $at, $v0
        ld      $v0, VIEW_L2_SET_MASK($k1)
        ld      $v1, VIEW_L2_ENTRIES($k1)
        and     $at, $at, $v0
        ld      $v0, VIEW_L2_SALT($k1)
        dsll    $at, $at, L2_SET_SHIFT
        daddu   $v1, $v1, $at
        or      $k0, $k0, $v0           // the tag of a live entry
        ld      $v0, ENTRY_TAG($v1)
        beq     $v0, $k0, 2f
        ld      $v0, ENTRY_TAG + (1 << ENTRY_BYTES_SHIFT)($v1)
        bne     $v0, $k0, to_cpp
        daddiu  $v1, $v1, 1 << ENTRY_BYTES_SHIFT
2:      ENTER   COUNT_FAST_L2TLB

// Neither csseg's window nor a 4 KB page of the virtual TLB: xsseg's window, or 16 KB pages?
more:
        dsrl32  $at, $k0, R10000_REGION_SHIFT - 32
        xori    $at, $at, WIDE_REGION
        bnez    $at, large
        dsll    $at, $k0, 2
        MARK    MARK_DIRECT
        ld      $v0, VIEW_WIDE_PAIRS($k1)
        dsrl    $at, $at, 2 + PAGE_SHIFT + 1    // EntryHi ends where the number of a page pair does
        sltu    $v1, $at, $v0
        bnez    $v1, direct_pair
        ld      $v0, VIEW_FRAMES($k1)
        dsrl    $at, $at, WIDE_WINDOWS_SHIFT - PAGE_SHIFT - 1
        beqz    $at, to_cpp
        nop
large:
        MARK    MARK_VIRTUAL_TLB
        li      $v0, ~LARGE_PAGE_MASK
        and     $k0, $k0, $v0
        ld      $v0, VIEW_HEADS($k1)
        dsrl    $at, $k0, R10000_ENTRYHI_VPN2_SHIFT + 2
        andi    $at, $at, HEADS_MASK
        dsll    $at, $at, 1
        daddu   $v0, $v0, $at
        ori     $k0, $k0, TAG_LARGE
        lhu     $at, 0($v0)
1:      xori    $v0, $at, SLOT_NONE
        beqz    $v0, large_second_level
        dsll    $v1, $at, ENTRY_BYTES_SHIFT
        ld      $v0, VIEW_SLOTS($k1)
        daddu   $v1, $v1, $v0
        ld      $v0, ENTRY_TAG($v1)
        bne     $v0, $k0, 1b
        lhu     $at, SLOT_NEXT($v1)
        ENTER_PART COUNT_FAST_VIRTUAL_TLB

large_second_level:
        MARK    MARK_L2TLB
        andi    $v0, $k0, R10000_ENTRYHI_ASID
        dsll    $v0, $v0, L2_ASID_SHIFT
        dsrl    $at, $k0, R10000_ENTRYHI_VPN2_SHIFT + 2
        xor     $at, $at, $v0
        ld      $v0, VIEW_L2_SET_MASK($k1)
        ld      $v1, VIEW_L2_ENTRIES($k1)
        and     $at, $at, $v0
        ld      $v0, VIEW_L2_SALT($k1)
        dsll    $at, $at, L2_SET_SHIFT
        daddu   $v1, $v1, $at
        or      $k0, $k0, $v0
        ld      $v0, ENTRY_TAG($v1)
        beq     $v0, $k0, 2f
        ld      $v0, ENTRY_TAG + (1 << ENTRY_BYTES_SHIFT)($v1)
        bne     $v0, $k0, small_second_level
        dmfc0   $k0, $R10000_ENTRYHI    // and nothing is lost if it did match
        daddiu  $v1, $v1, 1 << ENTRY_BYTES_SHIFT
2:      ENTER_PART COUNT_FAST_L2TLB

to_cpp:
        MARK    MARK_ENTRY
        ld      $at, PAGE_AT($0)
        ld      $v0, PAGE_V0($0)
        j       disco_refill_entry
        ld      $v1, PAGE_V1($0)
disco_fast_miss_end:
