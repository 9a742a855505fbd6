// Nothing but proofs that layout.h tells the assembler what the compiler does.
#include "common/units.hpp"
#include "disco/core/counters.hpp"
#include "disco/core/mark.hpp"
#include "disco/core/tlb/l2_tlb.hpp"
#include "disco/core/tlb/virtual_tlb.hpp"
#include "disco/core/vm/guest_context.hpp"
#include "disco/mips/cpu_page.hpp"
#include "disco/mips/layout.h"
#include "hardware/board/direct_windows.hpp"

namespace disco {

static_assert(offsetof(CpuPage, saved) == PAGE_K0 - PAGE_BASE);
static_assert(offsetof(CpuPage, context) == PAGE_CONTEXT - PAGE_BASE);
static_assert(offsetof(CpuPage, stack) == PAGE_STACK - PAGE_BASE);
static_assert(offsetof(CpuPage, in_monitor) == PAGE_IN_MONITOR - PAGE_BASE);
static_assert(offsetof(CpuPage, resume) == PAGE_RESUME - PAGE_BASE);
static_assert(offsetof(CpuPage, running) == PAGE_RUNNING_AT);
static_assert(offsetof(CpuPage, directory) == PAGE_DIRECTORY_AT);
static_assert(offsetof(CpuPage, counters) == PAGE_COUNTERS_AT);
static_assert(sizeof(CpuPage) <= PAGE_BYTES);
static_assert(PAGE_BYTES == kPageSize && PAGE_BYTES == 1 << PAGE_SHIFT);
static_assert(kCssegWindow == R10000_CSSEG && kCssegWindowBytes == 1 << WINDOW_SHIFT);

static_assert(offsetof(GuestContext, gpr) == CONTEXT_GPR);
static_assert(offsetof(GuestContext, hi) == CONTEXT_HI && offsetof(GuestContext, lo) == CONTEXT_LO);
static_assert(offsetof(GuestContext, pc) == CONTEXT_PC &&
              offsetof(GuestContext, cause) == CONTEXT_CAUSE);
static_assert(offsetof(GuestContext, bad_vaddr) == CONTEXT_BAD_VADDR);
static_assert(offsetof(GuestContext, status) == CONTEXT_STATUS);
static_assert(offsetof(GuestContext, entry_hi) == CONTEXT_ENTRY_HI);
constexpr std::size_t kView = offsetof(GuestContext, miss_view);
static_assert(kView + offsetof(MissView, frames) == VIEW_FRAMES);
static_assert(kView + offsetof(MissView, frame_pairs) == VIEW_FRAME_PAIRS);
static_assert(kView + offsetof(MissView, slots) == VIEW_SLOTS);
static_assert(kView + offsetof(MissView, heads) == VIEW_HEADS);
static_assert(kView + offsetof(MissView, l2_entries) == VIEW_L2_ENTRIES);
static_assert(kView + offsetof(MissView, l2_set_mask) == VIEW_L2_SET_MASK);
static_assert(kView + offsetof(MissView, l2_salt) == VIEW_L2_SALT);
static_assert(kView + offsetof(MissView, asks_more) == VIEW_ASKS_MORE);
static_assert(kView + offsetof(MissView, wide_pairs) == VIEW_WIDE_PAIRS);
static_assert(kXssegUncachedWindow + kPhysicalBytes - kXssegWindow == std::uint64_t{1}
                                                                          << WIDE_WINDOWS_SHIFT);
static_assert(kXssegRegion == WIDE_REGION);
static_assert(page_mask_of(1) == LARGE_PAGE_MASK && page_bytes_of(1) == LARGE_PAGE_BYTES);
static_assert(StoredEntry::kLarge == TAG_LARGE);

using Slot = StoredEntry;
static_assert(offsetof(Slot, tag) == ENTRY_TAG && offsetof(Slot, lo0) == ENTRY_LO0 &&
              offsetof(Slot, lo1) == ENTRY_LO1);
static_assert(offsetof(Slot, next) == SLOT_NEXT && sizeof(Slot) == 1 << ENTRY_BYTES_SHIFT);
static_assert(StoredEntry::kNone == SLOT_NONE && VirtualTlb::kBuckets == HEADS_MASK + 1);
static_assert(sizeof(L2Tlb::Entry) == sizeof(Slot) &&
              sizeof(Slot) * L2Tlb::kWays == 1 << L2_SET_SHIFT);

constexpr std::size_t kCounters = PAGE_BASE + PAGE_COUNTERS_AT;
static_assert(kCounters + offsetof(Counters, refills_fast_direct) ==
              std::size_t(COUNT_FAST_DIRECT));
static_assert(kCounters + offsetof(Counters, refills_fast_virtual_tlb) ==
              std::size_t(COUNT_FAST_VIRTUAL_TLB));
static_assert(kCounters + offsetof(Counters, refills_fast_l2tlb) == std::size_t(COUNT_FAST_L2TLB));

static_assert(std::uint64_t(PhaseId::entry) == MARK_ENTRY &&
              std::uint64_t(PhaseId::tlb_write) == MARK_TLB_WRITE);
static_assert(std::uint64_t(PhaseId::l2tlb) == MARK_L2TLB &&
              std::uint64_t(PhaseId::virtual_tlb) == MARK_VIRTUAL_TLB);
static_assert(std::uint64_t(PhaseId::direct) == MARK_DIRECT &&
              std::uint64_t(PhaseId::exit) == MARK_EXIT);
static_assert(std::uint64_t(PhaseId::fast_miss) == MARK_FAST_MISS &&
              std::uint64_t(OperationId::op_refill) == MARK_OP_REFILL);

}  // namespace disco
