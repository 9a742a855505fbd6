// What CP0 registers do besides holding a value; which bits exist is in cp0_table.hpp.
#include "cpu/core/cp0.hpp"

#include "cpu/core/cp0_table.hpp"

namespace cpu {

// ---- registers

std::uint64_t Cp0::cause_at(std::uint64_t cycle, bool is_matched) const {
  const bool is_due = is_matched || core_.accounts.interrupts(cycle);
  return core_.state.regs.cause | core_.signals.in_cause() | (is_due ? cause::kIpTimer : 0);
}

std::uint64_t Cp0::value(unsigned number) const {
  const CpuState& state = core_.state;
  switch (number) {
    case kRandom: return core_.tlb.random(state.retired);
    case kWired: return core_.tlb.wired();
    case kCount: return core_.timer.count_at(state.cycle);
    case kCause: return cause_at(state.cycle, false);
    case kPerformance: return performance_value(0);
    default: {
      const Cp0Row& row = kCp0Table[number % kCp0Table.size()];
      return row.stored != nullptr ? state.regs.*row.stored : row.reset;
    }
  }
}

std::uint64_t Cp0::read(const InstructionSite& site, unsigned number) const {
  const CpuState& state = core_.state;
  const std::uint64_t now = state.cycle_at(site);
  switch (number) {
    case kCount: return core_.timer.count_at(now);
    case kRandom: return core_.tlb.random(state.retired_at(site));
    case kPerformance: return read_performance(site, 0);
    // In a delay slot Count may have reached Compare after the branch, before the loop sees it.
    case kCause: return cause_at(now, now >= core_.timer.match());
    default: return value(number);
  }
}

void Cp0::store(unsigned number, std::uint64_t value) {
  const Cp0Row& row = kCp0Table[number % kCp0Table.size()];
  if (row.stored == nullptr) return;
  std::uint64_t& stored = core_.state.regs.*row.stored;
  stored = (stored & ~row.writable) | (value & row.writable);
}

void Cp0::write(const InstructionSite& site, unsigned number, std::uint64_t value) {
  CpuState& state = core_.state;
  Registers& regs = state.regs;
  const std::uint64_t now = state.cycle_at(site);
  const auto low = static_cast<std::uint32_t>(value);
  switch (number) {
    case kStatus: write_status(site, value & kCp0Table[kStatus].writable); break;
    case kCause:
      store(number, value);
      state.demand_attention();
      break;
    case kCount:
      // In a delay slot: the match came with the branch.
      if (now >= core_.timer.match()) core_.fire_timer();
      core_.timer.set_count(now, low);
      core_.timer.set_match(now, static_cast<std::uint32_t>(regs.compare));
      state.demand_attention();
      break;
    case kCompare:
      regs.compare = low;
      regs.cause &= ~cause::kIpTimer;
      core_.timer.set_match(now, low);
      state.demand_attention();
      break;
    case kWired:
      core_.tlb.set_wired(low, state.retired_at(site));
      report(site, TlbOperation::kWired, low, std::nullopt);
      break;
    case kEntryHi:
      store(number, value);
      core_.update_context();
      break;
    case kConfig:
      store(number, value);
      core_.flush_translations();  // K0 is the cache attribute of KSEG0
      break;
    case kWatchLo: core_.watch.forget_delayed(); [[fallthrough]];
    case kWatchHi:
      store(number, value);
      core_.watch.follow(regs);
      core_.flush_translations();
      break;
    case kPerformance: write_performance(site, 0, value); break;
    default: store(number, value); break;
  }
}

void Cp0::write_status(const InstructionSite& site, std::uint64_t value) {
  CpuState& state = core_.state;
  const Mode from = state.mode;
  const std::uint64_t cycle = state.cycle_after(site), retired = state.retired_at(site) + 1;
  core_.settle(cycle, retired);
  state.regs.status = value;
  core_.context_changed();
  core_.demand_attention_if_due();
  if (state.mode != from) core_.report_mode(cycle, retired, from, state.mode);
}

void Cp0::set_value(unsigned number, std::uint64_t value) {
  constexpr std::uint64_t kCauseBits =
      cause::kBd | cause::kCe | cause::kExcCode | cause::kIpSoftware | cause::kIpTimer;
  CpuState& state = core_.state;
  Registers& regs = state.regs;
  const std::uint64_t now = core_.now().count();
  const auto low = static_cast<std::uint32_t>(value);
  switch (number) {
    case kStatus:
      core_.settle(state.cycle, state.retired);
      regs.status = value & kCp0Table[kStatus].writable;
      break;
    case kCause: regs.cause = value & kCauseBits; break;
    case kCount:
      core_.timer.set_count(state.cycle, low);
      core_.timer.set_match(now, static_cast<std::uint32_t>(regs.compare));
      break;
    case kCompare:
      regs.compare = low;
      core_.timer.set_match(now, low);
      break;
    case kWired: core_.tlb.set_wired(low, state.retired); break;
    case kBadVAddr: regs.bad_vaddr = value; break;
    case kPerformance: set_performance_value(0, low); break;
    case kWatchLo: core_.watch.forget_delayed(); [[fallthrough]];
    default: store(number, value); break;
  }
  core_.watch.follow(regs);
  core_.flush_translations();
  core_.context_changed();
  state.demand_attention();
}

// ---- performance counters

std::uint32_t Cp0::performance_value(unsigned number) const {
  return core_.accounts.performance(number, core_.state.cycle);
}

void Cp0::set_performance_value(unsigned number, std::uint32_t value) {
  static_cast<void>(core_.counters());
  core_.accounts.write_performance(number, value);
  core_.context_changed();
  core_.state.demand_attention();
}

std::uint32_t Cp0::read_performance(const InstructionSite& site, unsigned number) const {
  return core_.accounts.performance(number, core_.state.cycle_at(site));
}

void Cp0::write_performance(const InstructionSite& site, unsigned number, std::uint64_t value) {
  CpuState& state = core_.state;
  core_.settle(state.cycle_after(site), state.retired_at(site) + 1);
  core_.accounts.write_performance_inside(number, static_cast<std::uint32_t>(value));
  core_.context_changed();
  state.demand_attention();
}

// ---- TLB instructions

void Cp0::report(const InstructionSite& site, TlbOperation operation, std::uint64_t value,
                 std::optional<std::uint32_t> index) const {
  Observer* const observer = core_.observation.observer();
  if (observer == nullptr) return;
  observer->on_tlb_operation(TlbOperationEvent{.at = core_.moment_after(site),
                                               .mode = core_.state.mode,
                                               .operation = operation,
                                               .value = value,
                                               .index = index});
}

void Cp0::tlb_read(const InstructionSite& site) {
  Registers& regs = core_.state.regs;
  const auto index = static_cast<std::uint32_t>(regs.index & kIndexEntry);
  report(site, TlbOperation::kRead, index, std::nullopt);
  const mmu::TlbImage image = core_.tlb.read(index);
  regs.entry_hi = image.entry_hi;
  regs.entry_lo0 = image.entry_lo0;
  regs.entry_lo1 = image.entry_lo1;
  regs.page_mask = image.page_mask;
  core_.update_context();
}

void Cp0::tlb_probe(const InstructionSite& site) {
  Registers& regs = core_.state.regs;
  const auto index = core_.tlb.probe(regs.entry_hi);
  regs.index = index ? *index : kIndexProbeFailed;
  report(site, TlbOperation::kProbe, regs.entry_hi, index);
}

mmu::TlbImage Cp0::image_to_write() const {
  const Registers& regs = core_.state.regs;
  const std::uint64_t passes = ~(regs.frame_mask << kFrameMaskShift);
  return {regs.entry_hi, regs.entry_lo0 & passes, regs.entry_lo1 & passes, regs.page_mask};
}

void Cp0::tlb_write_indexed(const InstructionSite& site) {
  const mmu::TlbImage image = image_to_write();
  const auto index = static_cast<std::uint32_t>(core_.state.regs.index & kIndexEntry);
  core_.forget_translation(core_.tlb.read(index));
  ++core_.accounts.counters().tlb_writes_indexed;
  wrote_entry(site, image, core_.tlb.write(index, image), false);
}

void Cp0::tlb_write_random(const InstructionSite& site) {
  const mmu::TlbImage image = image_to_write();
  const std::uint64_t retired = core_.state.retired_at(site);
  core_.forget_translation(core_.tlb.read(core_.tlb.random(retired)));
  ++core_.accounts.counters().tlb_writes_random;
  wrote_entry(site, image, core_.tlb.write_random(image, retired), true);
}

void Cp0::wrote_entry(const InstructionSite& site, const mmu::TlbImage& image,
                      const mmu::TlbWritten& written, bool is_random) {
  CpuState& state = core_.state;
  state.regs.status &= ~status::kTs;  // every write updates it (R10000 UM 14.10)
  if (written.overlapping > 0) {
    state.regs.status |= status::kTs;
    core_.flush_translations();  // the other entries may have been larger than this one
  }
  Observer* const observer = core_.observation.observer();
  if (observer == nullptr) return;
  observer->on_tlb_write(TlbWriteEvent{.at = core_.moment_after(site),
                                       .mode = state.mode,
                                       .is_random = is_random,
                                       .index = written.index,
                                       .entry_hi = image.entry_hi,
                                       .entry_lo0 = image.entry_lo0,
                                       .entry_lo1 = image.entry_lo1,
                                       .page_mask = image.page_mask});
}

}  // namespace cpu
