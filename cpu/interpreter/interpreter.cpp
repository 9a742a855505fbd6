// The loop around blocks: what is looked at between them, in which order.
#include "cpu/interpreter/interpreter.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace cpu {

namespace {

/// Size of the code cache at which all of it is thrown away, in decoded instructions of 32 bytes.
constexpr std::size_t kCodeCacheLimit = 4u << 20;

/// The usual case of Interpreter::find_block(): not a delay slot, not instrumented, executed
/// before. Nothing otherwise.
const Block* known_block(const Processor& p) {
  const CpuState& state = p.core.state;
  if (state.slot_pending || (state.decode_context & kDecodeInstrumented) != 0) return nullptr;
  const FetchPath::Entry* const entry = p.fetch.known(state);
  if (entry == nullptr) return nullptr;
  return entry->code->starts[state.regs.pc.bits() / 4 % kWordsPerPage];
}

void run_block(Processor& p, const Block& block) {
  CpuState& state = p.core.state;
  state.leave = 0;
  state.left_at = nullptr;
  state.block_cycles = block.cycles;
  block.code->execute(p, block.code);
  if (state.left_at != nullptr) [[unlikely]]
    leave_block(p, *state.left_at);
}

}  // namespace

void leave_block(Processor& p, const InstructionSite& site) {
  CpuState& state = p.core.state;
  const VirtAddr pc = state.pc_at(site);
  state.cycle += site.cycles_before;
  state.retired += site.retired_before;
  if ((state.leave & CpuState::kLeaveFault) != 0) {
    p.exceptions.take(state.fault, pc, site.in_slot);
  } else if ((state.leave & CpuState::kLeaveBefore) != 0) {
    state.regs.pc = pc;
    if (p.timing.is_on()) p.fetch.keep_fetched();
  } else {
    state.cycle += site.cost;
    state.retired += 1;
    state.regs.pc = site.in_slot ? state.branch_target : pc + 4;
  }
}

Stop Interpreter::run(Cycles until) {
  p_.observer_control.catch_up();
  const Stop stop = execute_until(until.count());
  p_.publish_link();
  return stop;
}

Stop Interpreter::execute_until(std::uint64_t until) {
  Core& core = p_.core;
  CpuState& state = core.state;
  limits_.cycle = until;
  for (;;) {
    state.attention = false;
    if (state.cycle >= core.timer.match()) core.fire_timer();
    if (state.cycle >= core.accounts.overflow_at()) core.accounts.set_overflow(state.cycle);
    if (core.observation.take_breakpoint()) return Stop::kBreakpoint;
    if (core.signals.take_stop()) return Stop::kRequested;
    if (core.signals.take_doze()) p_.interrupts.enter_doze();
    p_.interrupts.wake_if_wanted();
    if (state.attention) continue;  // an observer of the doze wants something
    const bool is_dozing = core.signals.is_dozing();
    if (state.cycle >= limits_.cycle) return is_dozing ? Stop::kDozing : Stop::kBudget;
    if (is_dozing) {
      state.cycle = std::max(state.cycle, std::min(limits_.cycle, core.next_deadline()));
      continue;
    }
    if (state.retired >= limits_.instructions) return Stop::kInstructionLimit;
    if (p_.interrupts.take()) continue;
    state.limit = std::min(limits_.cycle, core.next_deadline());
    if (core.observation.watches_retirement()) {
      execute_single();
    } else {
      execute_blocks();
    }
  }
}

void Interpreter::step() {
  Core& core = p_.core;
  CpuState& state = core.state;
  p_.observer_control.catch_up();
  core.observation.pass(state.regs.pc);
  state.attention = false;
  p_.interrupts.wake_if_wanted();
  if (core.signals.is_dozing()) return;
  do {
    if (state.cycle >= core.timer.match()) core.fire_timer();
    p_.interrupts.take();
    state.limit = core.next_deadline();
    execute_single();
    // An observer wanted it left at its mark, or an interrupt became due while it was fetched.
  } while (core.observation.has_reported({state.regs.pc, state.retired}) ||
           p_.fetch.has_fetched(state.regs.pc));
  core.observation.pass(std::nullopt);
  core.observation.take_breakpoint();
  if (state.cycle >= core.timer.match()) core.fire_timer();
  if (core.signals.take_doze()) p_.interrupts.enter_doze();
  p_.publish_link();
}

void Interpreter::limit_run(Cycles until) {
  if (until.count() >= limits_.cycle) return;
  limits_.cycle = until.count();
  p_.core.state.demand_attention();
}

inline bool Interpreter::goes_on() const {
  const CpuState& state = p_.core.state;
  return state.slot_pending ||
         (state.cycle < state.limit && state.retired < limits_.instructions && !state.attention);
}

[[gnu::always_inline]] inline void Interpreter::execute_next_block() {
  Processor& p = p_;
  CpuState& state = p.core.state;
  const bool is_slot = state.slot_pending;  // it goes with its branch, whatever the limits
  const Block* block = known_block(p);
  if (block == nullptr) block = find_block(false);
  if (block == nullptr) return;
  if (p.timing.is_on() && !p.fetch.fetch_line(is_slot)) return;
  if (!is_slot && (state.cycle + block->cycles > state.limit ||
                   state.retired + block->instructions > limits_.instructions)) {
    if (p.timing.is_on()) p.fetch.keep_fetched();
    execute_single();
    return;
  }
  run_block(p, *block);
}

void Interpreter::execute_blocks() {
  if (runner_ != nullptr) return execute_with_runner();
  do {
    execute_next_block();
  } while (goes_on());
}

void Interpreter::execute_with_runner() {
  do {
    if (runner_->run(limits_)) continue;
    const std::uint64_t before = p_.core.state.retired;
    execute_next_block();
    runner_->note_interpreted(p_.core.state.retired - before);
  } while (goes_on());
}

void Interpreter::execute_single() {
  CpuState& state = p_.core.state;
  const VirtAddr pc = state.regs.pc;
  const std::uint64_t cycles_before = state.cycle;
  const std::uint64_t retired_before = state.retired;
  const Mode mode = state.mode;
  std::uint32_t word = 0;
  bool faulted = false;
  do {
    const bool is_slot = state.slot_pending;
    const Block* block = find_block(true);
    if (block == nullptr) return;
    if (p_.timing.is_on() && !p_.fetch.fetch_line(is_slot)) return;
    if (word == 0) word = block->code->site.word;
    run_block(p_, *block);
    faulted = (state.leave & CpuState::kLeaveFault) != 0;
  } while (state.slot_pending);
  const bool is_watched = p_.core.observation.watches_retirement();
  if (is_watched && !faulted && state.retired > retired_before) {
    report_retirement(pc, cycles_before, word, mode);
  }
}

void Interpreter::report_retirement(VirtAddr pc, std::uint64_t cycles_before, std::uint32_t word,
                                    Mode mode) {
  const CpuState& state = p_.core.state;
  p_.core.observation.watch_retirement(false);
  Observer* const observer = p_.core.observation.observer();
  if (observer == nullptr) return;
  observer->on_retirement(InstructionEvent{.at = p_.core.moment(state.cycle, state.retired),
                                           .mode = mode,
                                           .pc = pc,
                                           .word = word,
                                           .cycles = Cycles{state.cycle - cycles_before}});
}

const Block* Interpreter::find_block(bool single) {
  CpuState& state = p_.core.state;
  if (code_.size() > kCodeCacheLimit) {
    if (runner_ != nullptr) runner_->forget();
    code_.clear();
    p_.fetch.flush();
  }
  const FetchPath::Entry* const from = p_.fetch.find();
  const bool in_slot = std::exchange(state.slot_pending, false);
  if (from == nullptr) {
    p_.exceptions.take(state.fault, state.regs.pc, in_slot);
    return nullptr;
  }
  CodePage& page = *from->code;
  const std::size_t start =
      in_slot ? CodePage::kSlotAtStart : state.regs.pc.bits() / 4 % kWordsPerPage;
  if (single && page.singles == nullptr) page.singles = std::make_unique<CodePage::Starts>();
  Block*& block = single ? (*page.singles)[start] : page.starts[start];
  if (block == nullptr) block = decode_block(page, start, single);
  if ((state.decode_context & kDecodeInstrumented) != 0) p_.fetch.execute_from(*from);
  return block;
}

}  // namespace cpu
