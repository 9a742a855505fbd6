// Fetches that the table did not answer, and those that wait.
#include "cpu/memory/fetch_path.hpp"

namespace cpu {

const FetchPath::Entry* FetchPath::refuse(const PendingFault& fault) {
  core_.state.raise(fault);
  return nullptr;
}

const FetchPath::Entry* FetchPath::fill() {
  const CpuState& state = core_.state;
  const VirtAddr pc = state.regs.pc;
  if (!pc.is_aligned(4)) {
    return refuse(address_fault({mmu::FaultKind::kAddressError}, pc, mmu::Access::kFetch));
  }
  const auto mapped = mmu::translate(core_.tlb, state.address_space(), pc, mmu::Access::kFetch);
  if (!mapped) return refuse(address_fault(mapped.error(), pc, mmu::Access::kFetch));
  const PhysAddr physical = mapped->at.aligned_down(kPageSize);
  const auto ram = memory_.ram_page(core_.config.id, physical);
  if (!ram) return refuse({.code = ExceptionCode::kIbe, .is_fetch = true});
  Entry& entry = slot(pc);
  entry.cached = !timing_.is_on() || CacheTiming::is_cached(mapped->cache_attribute, *ram);
  const DecodeContext of_page =
      (entry.cached ? 0 : kDecodeUncached) | core_.observation.page_number(pc) << kDecodeMarksShift;
  entry.code = &code_.page(ram->at, ram->host, state.decode_context | of_page);
  const VirtAddr page = pc.aligned_down(kPageSize);
  entry.tag = can_be_remembered(pc) ? page.bits() | state.context : SoftEntry::kNoTag;
  entry.context = state.decode_context;
  entry.at = ram->at;
  entry.physical = physical;
  entry.cache_attribute = mapped->cache_attribute;
  entry.mapped = mapped->mapped;
  return &entry;
}

bool FetchPath::fetch_line(bool is_slot) {
  CpuState& state = core_.state;
  const VirtAddr pc = state.regs.pc;
  const Entry& entry = slot(pc);
  state.block_at = entry.at + pc.offset_in(kPageSize);
  state.block_is_cached = entry.cached;
  stall_ = 0;
  const bool hits = !fetched_ && entry.cached && timing_.fetch_hits(pc, state.block_at);
  return hits ? true : fetch_line_slow(is_slot);
}

bool FetchPath::fetch_line_slow(bool is_slot) {
  CpuState& state = core_.state;
  const VirtAddr pc = state.regs.pc;
  if (std::exchange(fetched_, std::nullopt) == pc) return true;
  is_reported_ = false;
  stall_ = timing_.fetch_stall(pc, state.block_at, state.cycle).count();
  state.cycle += stall_;
  if (is_slot || state.cycle < state.limit) return true;
  keep_fetched();
  if (core_.observation.wants_references()) {
    report_from(nullptr, pc);
    is_reported_ = true;
  }
  return false;
}

/// A branch and its delay slot are never parted, so nothing is left here, whatever the wait.
void FetchPath::fetch_slot(const InstructionSite& slot) {
  CpuState& state = core_.state;
  const VirtAddr pc = state.pc_at(slot);
  const MachineAddr at = state.block_at.aligned_down(kPageSize) + pc.offset_in(kPageSize);
  stall_ = timing_.fetch_stall(pc, at, state.cycle_at(slot)).count();
  state.cycle += stall_;
}

void FetchPath::report_from(const InstructionSite* site, VirtAddr va) {
  mmu::Mapped from{};
  from.at =
      executing_from_.physical + (va.offset_in(kPageSize) ^ (core_.state.is_reversed() ? 4 : 0));
  from.cache_attribute = executing_from_.cache_attribute;
  from.mapped = executing_from_.mapped;
  core_.report_reference(site, ReferenceKind::kFetch, va, from, 4);
}

void FetchPath::visit(StateVisitor& v) {
  constexpr VirtAddr kNone{1};  // odd: no instruction is there
  VirtAddr pc = fetched_.value_or(kNone);
  v.field("fetched_pc", pc);
  fetched_ = pc == kNone ? std::nullopt : std::optional{pc};
}

}  // namespace cpu
