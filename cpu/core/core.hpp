// A processor without its ways to memory and without anything that executes: the parts that every
// engine shares, and the few changes that concern several of them at once. Each part has its own
// invariants; those that hold between parts are kept here.
//
// Invariants
//   1. Whoever changes Status calls context_changed(), whoever changes EntryHi or what an observer
//      wants update_context(); settle() comes before either, since what passed belongs to the old
//      mode.
//   2. Fast tables only hold what mmu::translate() would answer: every change of the TLB, of Status
//      or of the memory map that could make an entry wrong drops it (TranslationCaches).
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "common/observer.hpp"
#include "common/state.hpp"
#include "common/units.hpp"
#include "cpu/core/accounts.hpp"
#include "cpu/core/contexts.hpp"
#include "cpu/core/cpu_state.hpp"
#include "cpu/core/link.hpp"
#include "cpu/core/observation.hpp"
#include "cpu/core/signals.hpp"
#include "cpu/core/timer.hpp"
#include "cpu/core/translation_caches.hpp"
#include "cpu/core/watch_register.hpp"
#include "cpu/cpu_config.hpp"
#include "mmu/tlb.hpp"

namespace cpu {
using namespace common;

class Core {
 public:
  /// `caches` outlives the core and is not called before reset().
  Core(const CpuConfig& config, TranslationCaches& caches);

  CpuState state;
  Link link{state};
  mmu::Tlb tlb;
  Timer timer;
  WatchRegister watch;
  Signals signals;
  Accounts accounts;
  Observation observation;
  const CpuConfig config;
  Fidelity fidelity;

  /// Cold reset.
  void reset();
  /// Puts the processor into the state in which a boot loader leaves it (Cpu::start).
  void start(VirtAddr pc, std::uint64_t a0, std::uint64_t a1, std::uint64_t sp, std::uint64_t gp);

  // ---- time

  /// Exact within a device access too.
  Cycles now() const {
    return Cycles{state.accessing != nullptr ? state.cycle_at(*state.accessing) : state.cycle};
  }
  std::uint64_t retired() const {
    return state.accessing != nullptr ? state.retired_at(*state.accessing) : state.retired;
  }
  /// IP7 comes by itself at this cycle, or changes for a performance counter's sake.
  std::uint64_t next_deadline() const { return std::min(timer.match(), accounts.overflow_at()); }
  /// Count has reached Compare.
  void fire_timer() {
    state.regs.cause |= cause::kIpTimer;
    timer.pass_match();
  }

  // ---- interrupts

  /// Whether an interrupt is pending that Status.IM lets through.
  bool is_interrupt_unmasked() const {
    const std::uint64_t overflow = accounts.interrupts(state.cycle) ? cause::kIpTimer : 0;
    const std::uint64_t pending = state.regs.cause | signals.in_cause() | overflow;
    return (pending & state.regs.status & cause::kIp) != 0;
  }
  /// Whether it can be taken.
  bool is_interrupt_due() const {
    constexpr std::uint64_t kGate = status::kIe | status::kExl | status::kErl;
    return (state.regs.status & kGate) == status::kIe && is_interrupt_unmasked();
  }
  /// Status has changed: the loop around blocks looks around if that has made something due, or may
  /// have moved the limit.
  void demand_attention_if_due() {
    const bool is_timed = accounts.overflow_at() != Accounts::kNever;
    if (is_timed || watch.is_due(state.regs.status) || is_interrupt_due()) state.demand_attention();
  }

  // ---- accounts

  /// What passed until now was spent in the mode in force. Before every change of the mode.
  void settle(std::uint64_t cycle, std::uint64_t retired) {
    accounts.settle(cycle, retired, accounting_mode());
  }
  /// The counters as of now.
  const CpuCounters& counters() {
    accounts.settle_to(state.cycle, state.retired, accounting_mode());
    return accounts.counters();
  }
  Moment moment(std::uint64_t cycle, std::uint64_t retired) const {
    return Moment{config.id, Cycles{cycle}, retired};
  }
  Moment moment_before(const InstructionSite& site) const {
    return moment(state.cycle_at(site), state.retired_at(site));
  }
  Moment moment_after(const InstructionSite& site) const {
    return moment(state.cycle_after(site), state.retired_at(site) + 1);
  }

  // ---- contexts

  /// Status changed.
  void context_changed();
  /// EntryHi, an observer's wishes or what performance counters count changed.
  void update_context();
  void flush_translations() { caches_.forget_translations(); }
  /// A TLB entry is about to be replaced.
  void forget_translation(const mmu::TlbImage& image);
  void forget_code() { caches_.forget_code(); }

  // ---- events

  /// Tells an observer that asked. `site`: of the instruction under way; nullptr: it has not begun.
  void report_reference(const InstructionSite* site, ReferenceKind kind, VirtAddr va,
                        const mmu::Mapped& mapped, unsigned size) const {
    if (observation.wants_references()) tell_reference(site, kind, va, mapped, size);
  }
  void report_mode(std::uint64_t cycle, std::uint64_t retired, Mode from, Mode to) const;

  // Two, with FetchPath between them, for the order that snapshots have.
  void visit_first(StateVisitor& v);
  void visit_rest(StateVisitor& v);
  /// After a restore: what follows from the state is made again.
  void restored();

 private:
  Mode accounting_mode() const { return signals.is_dozing() ? Mode::kIdle : state.mode; }
  void tell_reference(const InstructionSite* site, ReferenceKind kind, VirtAddr va,
                      const mmu::Mapped& mapped, unsigned size) const;

  ContextNumbers contexts_;
  TranslationCaches& caches_;
};

}  // namespace cpu
