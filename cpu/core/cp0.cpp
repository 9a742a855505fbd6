// Coprocessor 0: what reading and writing its registers does (R10000 UM 14), the TLB instructions, the
// Count/Compare timer, and the contexts that the fast paths are keyed by.
#include <algorithm>

#include "cpu/core/cp0_table.hpp"
#include "cpu/interpreter/interpreter.hpp"

namespace cpu {

void Engine::reset() {
  account(cycle_, retired_);
  const std::uint64_t stopped_at = regs.pc;
  regs = Registers{};
  for (const Cp0Row& row : kCp0Table) {
    if (row.stored != nullptr) regs.*row.stored = row.reset;
  }
  regs.config = config_of(config_.caches) | kUncachedAlgorithm;
  regs.pc = 0xffffffffbfc00000;
  regs.error_epc = stopped_at;
  tlb_ = mmu::Tlb{config_.tlb};
  performance_.reset();
  count_base_ = cycle_ / 2;
  dozing_ = doze_requested_ = link_ = slot_pending_ = false;
  watch_delayed_ = nmi_requested_ = soft_reset_requested_ = false;
  set_timer();
  set_watch();
  flush_translations();
  context_changed();
}

void Engine::start(VirtAddr pc, std::uint64_t a0, std::uint64_t a1, std::uint64_t sp,
                   std::uint64_t gp) {
  const bool was_dozing = dozing_;
  reset();
  regs.status = 0;
  regs.error_epc = 0;
  regs.config = config_of(config_.caches) | kCacheableAlgorithm;
  regs.pc = pc.bits();
  regs.gpr[4] = a0;
  regs.gpr[5] = a1;
  regs.gpr[29] = sp;
  regs.gpr[28] = gp;
  if (observer_ != nullptr && was_dozing) observer_->on_mode({moment(cycle_, retired_), Mode::kIdle, Mode::kKernel});
  context_changed();
}

// ---- time

std::uint32_t Engine::count_at(std::uint64_t cycle) const {
  return static_cast<std::uint32_t>(cycle / 2 - count_base_);
}

void Engine::set_timer() {
  // The first even cycle after now at which Count equals Compare; a full turn when they are equal already.
  const std::uint64_t now = this->now().count() / 2;
  const auto count = static_cast<std::uint32_t>(now - count_base_);
  const auto ticks = static_cast<std::uint32_t>(regs.compare) - count;
  timer_at_ = 2 * (now + (ticks != 0 ? ticks : std::uint64_t{1} << 32));
}

void Engine::fire_timer() {
  regs.cause |= cause::kIpTimer;
  timer_at_ += std::uint64_t{1} << 33;
}

// ---- registers

std::uint64_t Engine::cp0_value(unsigned number) const {
  switch (number) {
    case kRandom: return tlb_.random(retired_);
    case kWired: return tlb_.wired();
    case kCount: return count_at(cycle_);
    case kCause:
      return regs.cause | std::uint64_t{lines_} << cause::kIpShift |
             (overflow_interrupts(cycle_) ? cause::kIpTimer : 0);
    case kPerformance: return performance_value(0);
    default: {
      const Cp0Row& row = kCp0Table[number % kCp0Table.size()];
      return row.stored != nullptr ? regs.*row.stored : row.reset;
    }
  }
}

std::uint64_t Engine::read_cp0(const Decoded* d, unsigned number) const {
  if (number == kCount) return count_at(cycle_at(d));
  if (number == kRandom) return tlb_.random(retired_at(d));
  if (number == kPerformance) return read_performance(d, 0);
  if (number == kCause) {
    // In a delay slot Count may have reached Compare after the branch, before the loop sees it.
    const bool is_due = cycle_at(d) >= timer_at_ || overflow_interrupts(cycle_at(d));
    return regs.cause | std::uint64_t{lines_} << cause::kIpShift | (is_due ? cause::kIpTimer : 0);
  }
  return cp0_value(number);
}

void Engine::store_cp0(unsigned number, std::uint64_t value) {
  const Cp0Row& row = kCp0Table[number % kCp0Table.size()];
  if (row.stored == nullptr) return;
  std::uint64_t& stored = regs.*row.stored;
  stored = (stored & ~row.writable) | (value & row.writable);
}

void Engine::write_cp0(const Decoded* d, unsigned number, std::uint64_t value) {
  const auto low = static_cast<std::uint32_t>(value);
  switch (number) {
    case kStatus:
      write_status(value & kCp0Table[kStatus].writable, d);
      break;
    case kCause:
      store_cp0(number, value);
      demand_attention();
      break;
    case kCount:
      if (cycle_at(d) >= timer_at_) fire_timer();  // in a delay slot: the match came with the branch
      accessing_ = d;
      count_base_ = cycle_at(d) / 2 - low;
      set_timer();
      accessing_ = nullptr;
      demand_attention();
      break;
    case kCompare:
      accessing_ = d;
      regs.compare = low;
      regs.cause &= ~cause::kIpTimer;
      set_timer();
      accessing_ = nullptr;
      demand_attention();
      break;
    case kWired:
      tlb_.set_wired(low, retired_at(d));
      report_tlb_operation(d, TlbOperation::kWired, low, std::nullopt);
      break;
    case kEntryHi:
      store_cp0(number, value);
      update_context();
      break;
    case kConfig:
      store_cp0(number, value);
      flush_translations();  // K0 is the cache attribute of KSEG0
      break;
    case kWatchLo:
      watch_delayed_ = false;
      [[fallthrough]];
    case kWatchHi:
      store_cp0(number, value);
      set_watch();
      soft_.flush();
      break;
    case kPerformance: write_performance(d, 0, value); break;
    default: store_cp0(number, value); break;
  }
}

void Engine::write_status(std::uint64_t value, const Decoded* d) {
  const Mode from = mode_;
  account(cycle_at(d) + d->cost, retired_at(d) + 1);
  regs.status = value;
  context_changed();
  demand_attention();
  if (observer_ != nullptr && mode_ != from) {
    observer_->on_mode({moment(cycle_at(d) + d->cost, retired_at(d) + 1), from, mode_});
  }
}

void Engine::set_watch() {
  const std::uint64_t address = regs.watch_hi << 32 | regs.watch_lo;
  const bool is_on = (regs.watch_lo & (kWatchLoad | kWatchStore)) != 0;
  watch_page_ = is_on ? address & ~(kPageSize - 1) : kNoPage;
}

void Engine::set_cp0_value(unsigned number, std::uint64_t value) {
  switch (number) {
    case kStatus: account(cycle_, retired_), regs.status = value & kCp0Table[kStatus].writable; break;
    case kCause: regs.cause = value & (cause::kBd | cause::kCe | cause::kExcCode | cause::kIpSoftware | cause::kIpTimer); break;
    case kCount: count_base_ = cycle_ / 2 - static_cast<std::uint32_t>(value), set_timer(); break;
    case kCompare: regs.compare = static_cast<std::uint32_t>(value), set_timer(); break;
    case kWired: tlb_.set_wired(static_cast<std::uint32_t>(value), retired_); break;
    case kBadVAddr: regs.bad_vaddr = value; break;
    case kWatchLo: watch_delayed_ = false, store_cp0(number, value); break;
    case kPerformance: set_performance_value(0, static_cast<std::uint32_t>(value)); break;
    default: store_cp0(number, value); break;
  }
  set_watch();
  flush_translations();
  context_changed();
  demand_attention();
}

// ---- TLB instructions

void Engine::report_tlb_operation(const Decoded* d, TlbOperation operation, std::uint64_t value,
                                  std::optional<std::uint32_t> index) {
  if (observer_ == nullptr) return;
  observer_->on_tlb_operation(
      TlbOperationEvent{.at = moment(cycle_at(d) + d->cost, retired_at(d) + 1),
                        .mode = mode_,
                        .operation = operation,
                        .value = value,
                        .index = index});
}

void Engine::tlb_read(const Decoded* d) {
  const auto index = static_cast<std::uint32_t>(regs.index & 0x1ff);
  report_tlb_operation(d, TlbOperation::kRead, index, std::nullopt);
  const mmu::TlbImage image = tlb_.read(index);
  regs.entry_hi = image.entry_hi;
  regs.entry_lo0 = image.entry_lo0;
  regs.entry_lo1 = image.entry_lo1;
  regs.page_mask = image.page_mask;
  update_context();
}

void Engine::tlb_probe(const Decoded* d) {
  const auto index = tlb_.probe(regs.entry_hi);
  regs.index = index ? *index : kIndexProbeFailed;
  report_tlb_operation(d, TlbOperation::kProbe, regs.entry_hi, index);
}

void Engine::tlb_write(const Decoded* d, bool random) {
  const std::uint64_t passes = ~(regs.frame_mask << kFrameMaskShift);
  const mmu::TlbImage image{regs.entry_hi, regs.entry_lo0 & passes, regs.entry_lo1 & passes, regs.page_mask};
  const std::uint64_t retired = retired_at(d);
  const std::uint32_t index =
      random ? tlb_.random(retired) : static_cast<std::uint32_t>(regs.index & 0x1ff);
  forget_translation(tlb_.read(index));
  const mmu::TlbWritten written =
      random ? tlb_.write_random(image, retired) : tlb_.write(index, image);
  regs.status &= ~status::kTs;  // every write updates it (R10000 UM 14.10)
  if (written.overlapping > 0) {
    regs.status |= status::kTs;
    flush_translations();  // the other entries may have been larger than this one
  }
  ++(random ? counters_.tlb_writes_random : counters_.tlb_writes_indexed);
  if (observer_ == nullptr) return;
  observer_->on_tlb_write(TlbWriteEvent{.at = moment(cycle_at(d) + d->cost, retired + 1),
                                        .mode = mode_,
                                        .is_random = random,
                                        .index = written.index,
                                        .entry_hi = image.entry_hi,
                                        .entry_lo0 = image.entry_lo0,
                                        .entry_lo1 = image.entry_lo1,
                                        .page_mask = image.page_mask});
}

void Engine::forget_translation(const mmu::TlbImage& image) {
  constexpr std::uint64_t kFewPages = 32;
  const std::uint64_t pair = (image.page_mask | 0x1fff) + 1;
  if (pair / kPageSize > kFewPages) {
    flush_translations();
    return;
  }
  std::uint64_t va = remembered_form(image.entry_hi & ~std::uint64_t{0x1fff} & ~image.page_mask);
  for (const std::uint64_t end = va + pair; va != end; va += kPageSize) {
    soft_.flush_page(va);
    FetchEntry& fetch = fetch_slot(va);
    if (fetch.tag / kPageSize == va / kPageSize) fetch = FetchEntry{};
  }
}

void Engine::flush_translations() {
  soft_.flush();
  fetch_.fill(FetchEntry{});
}

// ---- modes and contexts

Mode Engine::mode_of_status() const {
  if ((regs.status & (status::kExl | status::kErl)) != 0) return Mode::kKernel;
  switch (regs.status >> status::kKsuShift & 3) {
    case 0: return Mode::kKernel;
    case 1: return Mode::kSupervisor;
    default: return Mode::kUser;  // 3 is undefined: the least privilege
  }
}

mmu::AddressSpace Engine::address_space() const {
  return {.mode = mode_,
          .kx = (regs.status & status::kKx) != 0,
          .sx = (regs.status & status::kSx) != 0,
          .ux = (regs.status & status::kUx) != 0,
          .erl = (regs.status & status::kErl) != 0,
          .asid = Asid{static_cast<std::uint8_t>(regs.entry_hi)},
          .kseg0_attribute = static_cast<std::uint8_t>(regs.config & 7)};
}

void Engine::context_changed() {
  mode_ = mode_of_status();
  performance_.watch(regs.status);
  set_overflow_deadline();
  update_context();
}

void Engine::update_context() {
  // Everything in Status and EntryHi that translation depends on, as a small number for the tags.
  const std::uint64_t s = regs.status;
  const std::uint64_t key = (regs.entry_hi & 0xff) | (s >> 5 & 7) << 8 |
                            ((s & status::kErl) != 0 ? 1u << 11 : 0u) |
                            static_cast<std::uint64_t>(mode_) << 12;
  std::uint16_t& number = context_numbers_[key];
  if (number == 0) {
    if (next_context_ == kContexts - 1) {  // the last is kLinkedContext
      std::fill(context_numbers_.begin(), context_numbers_.end(), std::uint16_t{0});
      next_context_ = 1;
      flush_translations();
    }
    number = next_context_++;
  }
  context_ = std::uint64_t{number} << kContextShift;
  data_context_ = link_ ? kLinkedContext : context_;

  const bool user = mode_ == Mode::kUser;
  const bool wide = mode_ == Mode::kKernel || (s & (user ? status::kUx : status::kSx)) != 0;
  const bool is_reversed = user && (s & status::kRe) != 0;
  // Only instrumented code counts its instructions and looks at the byte order.
  const bool is_instrumented = (observer_ != nullptr && (instruction_events_ || references_)) || is_reversed ||
                               (performance_.watched() & events::kOfInstructions) != 0;
  decode_context_ = (wide ? kDecode64Bit : 0) |
                    (mode_ == Mode::kKernel || (s & status::kCu0) != 0 ? kDecodeCp0 : 0) |
                    ((s & status::kCu1) != 0 ? kDecodeCp1 : 0) |
                    ((s & status::kCu2) != 0 ? kDecodeCp2 : 0) |
                    (!user || (s & status::kXx) != 0 ? kDecodeMipsIv : 0) |
                    ((s & status::kFr) != 0 ? kDecodeFr : 0) |
                    (is_instrumented ? kDecodeInstrumented : 0) |
                    (is_reversed ? kDecodeReversed : 0);
}

void Engine::account(std::uint64_t cycle, std::uint64_t retired) {
  const auto mode = static_cast<unsigned>(dozing_ ? Mode::kIdle : mode_);
  counters_.cycles[mode] += cycle - accounted_cycle_;
  counters_.instructions[mode] += retired - accounted_retired_;
  performance_.count_cycles(cycle - accounted_cycle_);
  accounted_cycle_ = cycle;
  accounted_retired_ = retired;
}

const CpuCounters& Engine::counters() {
  // Inside an event the accounts may already be ahead of the block's start.
  account(std::max(cycle_, accounted_cycle_), std::max(retired_, accounted_retired_));
  return counters_;
}

}  // namespace cpu
