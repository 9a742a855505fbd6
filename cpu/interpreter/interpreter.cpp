#include "cpu/interpreter/interpreter.hpp"

#include <algorithm>
#include <utility>

namespace cpu {

namespace {
/// Size of the code cache at which all of it is thrown away, in decoded instructions of 32 bytes.
constexpr std::size_t kCodeCacheLimit = 4u << 20;
constexpr std::uint64_t kNoPc = 1;  // odd: no instruction is there
}  // namespace

Engine::Engine(const CpuConfig& config, MemoryPort& memory, StoreWatch& watch)
    : config_{config},
      fidelity_{config.fidelity},
      memory_{memory},
      watch_{watch},
      watched_as_{watch.attach(*this)},
      tlb_{config.tlb},
      context_numbers_(kContextKeys, 0) {
  use_caches();
  reset();
}

Cycles Engine::now() const {
  return Cycles{accessing_ != nullptr ? cycle_at(accessing_) : cycle_};
}

Stop Engine::run(Cycles until) {
  if (breakpoints_changed_) note_marked_offsets();
  const Stop stop = execute_until(until.count());
  publish_link();
  return stop;
}

Stop Engine::execute_until(std::uint64_t until) {
  until_ = until;
  for (;;) {
    attention_ = false;
    if (cycle_ >= timer_at_) fire_timer();
    if (cycle_ >= overflow_at_) set_overflow_deadline();
    if (std::exchange(at_breakpoint_, false)) return Stop::kBreakpoint;
    if (std::exchange(stop_requested_, false)) return Stop::kRequested;
    if (std::exchange(doze_requested_, false)) enter_doze();
    if (dozing_ && (has_unmasked_interrupt() || is_reset_pending())) leave_doze();
    if (attention_) continue;  // an observer of the doze wants something
    if (cycle_ >= until_) return dozing_ ? Stop::kDozing : Stop::kBudget;
    if (dozing_) {
      idle_until(std::min(until_, next_deadline()));
      continue;
    }
    if (retired_ >= instruction_limit_) return Stop::kInstructionLimit;
    if (take_asynchronous()) continue;
    limit_ = std::min(until_, next_deadline());
    if (retirement_watch_) {
      execute_single();
    } else {
      execute_blocks();
    }
  }
}

void Engine::step() {
  if (breakpoints_changed_) note_marked_offsets();
  skip_breakpoint_ = regs.pc;
  attention_ = false;
  if (dozing_ && (has_unmasked_interrupt() || is_reset_pending())) leave_doze();
  if (dozing_) return;
  do {
    if (cycle_ >= timer_at_) fire_timer();
    take_asynchronous();
    limit_ = next_deadline();
    execute_single();
    // An observer wanted it left at its mark, or an interrupt became due while it was fetched.
  } while (reported_ == Arrival{regs.pc, retired_} || fetched_pc_ == regs.pc);
  skip_breakpoint_ = kNoPc;
  at_breakpoint_ = false;
  if (cycle_ >= timer_at_) fire_timer();
  if (std::exchange(doze_requested_, false)) enter_doze();
  publish_link();
}

void Engine::publish_link() {
  // Nobody else stores while this CPU runs, except DMA, which always reports.
  if (link_) watch_.watch_link(link_line_.aligned_down(kPageSize), watched_as_);
}

void Engine::limit_run(Cycles until) {
  if (until.count() >= until_) return;
  until_ = until.count();
  demand_attention();
}

void Engine::execute_blocks() {
  do {
    const bool is_slot = slot_pending_;  // it goes with its branch, whatever the limits
    const Block* block = known_block();
    if (block == nullptr) block = find_block(false);
    if (block == nullptr) continue;
    if (caches_ != nullptr && !fetch_line(is_slot)) continue;
    if (!is_slot &&
        (cycle_ + block->cycles > limit_ || retired_ + block->instructions > instruction_limit_)) {
      if (caches_ != nullptr) fetched_pc_ = regs.pc;
      execute_single();
      continue;
    }
    run_block(*block);
  } while (slot_pending_ || (cycle_ < limit_ && retired_ < instruction_limit_ && !attention_));
}

void Engine::execute_single() {
  const std::uint64_t pc = regs.pc;
  const std::uint64_t cycles_before = cycle_;
  const std::uint64_t retired_before = retired_;
  const Mode mode = mode_;
  std::uint32_t word = 0;
  bool faulted = false;
  do {
    const bool is_slot = slot_pending_;
    const Block* block = find_block(true);
    if (block == nullptr) return;
    if (caches_ != nullptr && !fetch_line(is_slot)) return;
    if (word == 0) word = block->code->word;
    run_block(*block);
    faulted = (leave_ & kLeaveFault) != 0;
  } while (slot_pending_);
  if (retirement_watch_ && !faulted && retired_ > retired_before) {
    report_retirement(pc, cycles_before, word, mode);
  }
}

void Engine::report_retirement(std::uint64_t pc, std::uint64_t cycles_before, std::uint32_t word,
                               Mode mode) {
  retirement_watch_ = false;
  if (observer_ == nullptr) return;
  observer_->on_retirement(InstructionEvent{.at = moment(cycle_, retired_),
                                            .mode = mode,
                                            .pc = pc,
                                            .word = word,
                                            .cycles = Cycles{cycle_ - cycles_before}});
}

const Block* Engine::find_block(bool single) {
  if (code_.size() > kCodeCacheLimit) {
    code_.clear();
    fetch_.fill(FetchEntry{});
  }
  const FetchEntry* from = fetch_page();
  if (from == nullptr) return nullptr;
  CodePage& page = *from->page;
  const std::size_t start = slot_pending_ ? CodePage::kSlotAtStart : regs.pc / 4 % kWordsPerPage;
  if (single && page.singles == nullptr) page.singles = std::make_unique<CodePage::Starts>();
  Block*& block = single ? (*page.singles)[start] : page.starts[start];
  if (block == nullptr) block = decode_block(page, start, single);
  if ((decode_context_ & kDecodeInstrumented) != 0) executing_from_ = *from;
  slot_pending_ = false;
  return block;
}

const Engine::FetchEntry* Engine::fetch_page() {
  const std::uint64_t tag = SoftTlb::tag(regs.pc, 4, context_);
  FetchEntry& entry = fetch_slot(regs.pc);
  if (entry.tag == tag && entry.context == decode_context_) return &entry;
  return fill_fetch_entry(entry, tag);
}

const Engine::FetchEntry* Engine::fill_fetch_entry(FetchEntry& entry, std::uint64_t tag) {
  const bool in_slot = std::exchange(slot_pending_, false);
  const auto fail = [&](const PendingFault& fault) {
    take_exception(fault, regs.pc, in_slot);
    return nullptr;
  };
  if (regs.pc % 4 != 0) {
    return fail({.code = ExceptionCode::kAdEL, .bad_vaddr = regs.pc, .is_address = true, .is_fetch = true});
  }
  const auto mapped = mmu::translate(tlb_, address_space(), VirtAddr{regs.pc}, mmu::Access::kFetch);
  if (!mapped) {
    record_address_fault(mapped.error(), regs.pc, mmu::Access::kFetch);
    return fail(fault_);
  }
  const auto ram = memory_.ram_page(config_.id, mapped->at.aligned_down(kPageSize));
  if (!ram) return fail({.code = ExceptionCode::kIbe, .is_fetch = true});
  entry.cached = caches_ == nullptr || is_cached(mapped->cache_attribute, *ram);
  entry.page =
      &code_.page(ram->at, ram->host, decode_context_ | (entry.cached ? 0 : kDecodeUncached));
  entry.tag = can_be_remembered(regs.pc) ? (tag & ~(kPageSize - 1)) | context_ : SoftEntry::kNoTag;
  entry.context = decode_context_;
  entry.physical = mapped->at.aligned_down(kPageSize).bits();
  entry.cache_attribute = mapped->cache_attribute;
  entry.mapped = mapped->mapped;
  slot_pending_ = in_slot;
  return &entry;
}

void Engine::run_block(const Block& block) {
  leave_ = 0;
  left_at_ = nullptr;
  block_cycles_ = block.cycles;
  block.code->execute(*this, block.code);
  if (left_at_ != nullptr) [[unlikely]] leave_block(*left_at_);
}

void Engine::leave_block(const Decoded& d) {
  const std::uint64_t pc = pc_at(&d);
  cycle_ += d.cycles_before;
  retired_ += d.retired_before;
  if ((leave_ & kLeaveFault) != 0) {
    take_exception(fault_, pc, d.in_slot);
  } else if ((leave_ & kLeaveBefore) != 0) {
    regs.pc = pc;
    if (caches_ != nullptr) fetched_pc_ = pc;
  } else {
    cycle_ += d.cost;
    retired_ += 1;
    regs.pc = d.in_slot ? branch_target_ : pc + 4;
  }
}

bool Engine::code_written(MachineAddr at, std::uint64_t size) {
  const CodeCache::Written written = code_.written(at, size);
  if (written == CodeCache::Written::kDropped) {
    fetch_.fill(FetchEntry{});
    leave_ |= kLeaveAfter;  // what follows in this block may have been what was written
  }
  return written == CodeCache::Written::kMissed;
}

bool Engine::has_link(MachineAddr page) const {
  return link_ && link_line_.aligned_down(kPageSize) == page;
}

void Engine::break_link(MachineAddr at, std::uint64_t size) {
  if (link_ && at < link_line_ + kLinkLine && link_line_ < at + size) drop_link();
}

void Engine::set_interrupt_line(unsigned ip, bool level) {
  CHECK(ip >= 2 && ip <= 6);
  const auto bit = static_cast<std::uint8_t>(1u << ip);
  lines_ = static_cast<std::uint8_t>(level ? lines_ | bit : lines_ & ~bit);
  demand_attention();
}

// ---- idling

void Engine::doze() {
  doze_requested_ = true;
  demand_attention();
}

void Engine::enter_doze() {
  if (has_unmasked_interrupt()) return;
  const Mode from = mode_;
  account(cycle_, retired_);
  dozing_ = true;
  if (observer_ != nullptr) observer_->on_mode({moment(cycle_, retired_), from, Mode::kIdle});
}

void Engine::leave_doze() {
  account(cycle_, retired_);
  dozing_ = false;
  if (observer_ != nullptr) observer_->on_mode({moment(cycle_, retired_), Mode::kIdle, mode_});
}

void Engine::idle_until(std::uint64_t cycle) { cycle_ = std::max(cycle_, cycle); }

// ---- observation

void Engine::set_observer(Observer* observer) {
  observer_ = observer;
  update_context();
  demand_attention();
}

void Engine::add_mark(VirtAddr pc, std::uint32_t id) {
  marks_[pc.bits()] = id;
  note_marked_offsets();
}

void Engine::remove_mark(VirtAddr pc) {
  marks_.erase(pc.bits());
  note_marked_offsets();
}

void Engine::add_breakpoint(VirtAddr pc) {
  breakpoints_changed_ |= breakpoints_.emplace(pc.bits(), true).second;
}

void Engine::remove_breakpoint(VirtAddr pc) {
  breakpoints_changed_ |= breakpoints_.erase(pc.bits()) != 0;
}

void Engine::forget_code() {
  // A block may be executing right now: pages go, blocks stay until the cache is cleared.
  code_.forget_pages();
  fetch_.fill(FetchEntry{});
  demand_attention();
}

void Engine::set_instruction_events(bool on) {
  instruction_events_ = on;
  update_context();
  demand_attention();
}

void Engine::set_references(bool on) {
  references_ = on;
  update_context();
  demand_attention();
}

void Engine::forget_host_pointers() {
  flush_translations();
  demand_attention();
}

void Engine::set_fidelity(Fidelity fidelity) {
  fidelity_ = fidelity;
  use_caches();
}

// ---- state

void Engine::visit(StateVisitor& v) {
  CHECK(!slot_pending_);
  if (!v.is_restoring()) counters();
  {
    StateSection section{v, "registers"};
    regs.visit(v);
  }
  {
    StateSection section{v, "tlb"};
    tlb_.visit(v);
  }
  v.field("cycle", cycle_), v.field("retired", retired_);
  v.field("count_base", count_base_), v.field("timer_at", timer_at_), v.field("lines", lines_);
  v.field("dozing", dozing_), v.field("doze_requested", doze_requested_);
  v.field("watch_delayed", watch_delayed_), v.field("nmi_requested", nmi_requested_);
  v.field("soft_reset_requested", soft_reset_requested_);
  {
    StateSection section{v, "performance"};
    performance_.visit(v);
  }
  v.field("fetched_pc", fetched_pc_);
  v.field("link", link_);
  std::uint64_t line = link_line_.bits();
  v.field("link_line", line);
  link_line_ = MachineAddr{line};
  {
    StateSection section{v, "counters"};
    counters_.visit(v);
  }
  if (!v.is_restoring()) return;
  accounted_cycle_ = cycle_;
  accounted_retired_ = retired_;
  skip_breakpoint_ = kNoPc;
  reported_ = Arrival{};
  use_caches();
  set_watch();
  flush_translations();
  context_changed();
  publish_link();
}

}  // namespace cpu
