// What a processor counts: CpuCounters for reports, and the performance counters that software
// reads. Cycles and retired instructions by mode are not counted but settled: when the mode or a
// performance counter changes, what passed since the last time goes to the old one.
//
// Invariants
//   1. Everything up to the settled cycle and instruction is in the counters, nothing after it is.
//      Inside an event they may be ahead of the block's start.
//   2. overflow_at() is when a counter of cycles next raises or lowers IP7, as of the last watch()
//      or write().
#pragma once

#include <algorithm>
#include <cstdint>

#include "common/state.hpp"
#include "cpu/cache_port.hpp"
#include "cpu/core/instruction_site.hpp"
#include "cpu/core/performance.hpp"
#include "cpu/counters.hpp"

namespace cpu {
using namespace common;

class Accounts {
 public:
  static constexpr std::uint64_t kNever = ~std::uint64_t{0};

  /// For events, each counted where it happens.
  CpuCounters& counters() { return counters_; }
  const CpuCounters& counters() const { return counters_; }

  /// What passed since the last settlement was spent in `mode`.
  void settle(std::uint64_t cycle, std::uint64_t retired, Mode mode);
  /// Settles up to a moment that may be behind what is settled already.
  void settle_to(std::uint64_t cycle, std::uint64_t retired, Mode mode) {
    settle(std::max(cycle, cycle_), std::max(retired, retired_), mode);
  }
  /// Nothing that passed until now counts.
  void begin_at(std::uint64_t cycle, std::uint64_t retired) {
    cycle_ = cycle;
    retired_ = retired;
  }

  // ---- performance counters, by number (PerformanceCounters)

  std::uint32_t performance(unsigned number, std::uint64_t cycle) const {
    return performance_.read_after(number, unsettled(cycle));
  }
  /// The time until now must have been settled, and watch() must follow.
  void write_performance(unsigned number, std::uint32_t value) {
    performance_.write(number, value);
  }
  /// The instruction under way still counts as the control register said before; a counter that it
  /// writes starts with the next one.
  void write_performance_inside(unsigned number, std::uint32_t value);
  void reset_performance() { performance_.reset(); }
  /// After a change of Status or of a performance counter.
  void watch(std::uint64_t status, std::uint64_t cycle) {
    performance_.watch(status);
    set_overflow(cycle);
  }
  void set_overflow(std::uint64_t cycle) {
    overflow_at_ = performance_.can_interrupt() ? next_overflow(cycle) : kNever;
  }
  std::uint64_t overflow_at() const { return overflow_at_; }
  /// Whether a counter raises IP7 at this cycle.
  bool interrupts(std::uint64_t cycle) const {
    return performance_.can_interrupt() && performance_.interrupts_after(unsettled(cycle));
  }

  // ---- events of instructions; only instrumented code counts them

  bool counts_instructions() const {
    return (performance_.watched() & events::kOfInstructions) != 0;
  }
  void begin_instruction() { counted_ = performance_.watched(); }
  void note_conditional_store(bool stored) { conditional_store_failed_ = !stored; }
  /// Returns whether one of its events is counted.
  bool count_instruction(const InstructionSite& site);
  void count_tlb_miss() { performance_.count(events::kTlbMisses & performance_.watched(), false); }
  void count_misses(CachePort::Use use, const CachePort::Outcome& met);

  void visit_performance(StateVisitor& v) { performance_.visit(v); }
  void visit_counters(StateVisitor& v) { counters_.visit(v); }

 private:
  std::uint64_t next_overflow(std::uint64_t cycle) const;
  std::uint64_t unsettled(std::uint64_t cycle) const { return cycle > cycle_ ? cycle - cycle_ : 0; }

  CpuCounters counters_;
  PerformanceCounters performance_;
  std::uint64_t cycle_ = 0, retired_ = 0;  // settled until here
  std::uint64_t overflow_at_ = kNever;
  EventSet counted_ = 0;                   // events that the instruction under way may be
  bool conditional_store_failed_ = false;  // the last one
};

}  // namespace cpu
