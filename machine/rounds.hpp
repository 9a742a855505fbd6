// Who runs when. CPUs take turns: in a round each runs to the same cycle, the end of the round,
// which is a quantum away or, if that is earlier, at the next event; then the events that are due
// are delivered, and the next round begins with another CPU. A round can be left at any instruction
// and continued later: where it stands is state. With a seed the order is another one in every
// round, which depends on the seed and the round's number only.
//
// A CPU that dozes (or is parked) and that nothing can wake before the end of the round is passed
// over: its turns would only move its clock, which catches up when something asks for it.
//
// Invariants
//   1. The end of a round depends on the state when it begins and on events scheduled during it,
//   never
//      on limits or on how often the host looks in.
//   2. No event is delivered before every CPU has reached its cycle.
//   3. A CPU passed over is, after catch_up(), exactly what it would be had it taken its turns.
#pragma once

#include <cstdint>
#include <vector>

#include "common/state.hpp"
#include "common/units.hpp"
#include "machine/board.hpp"

namespace machine {

class MachineRounds final : public numa::EventQueueListener, public WakeListener {
 public:
  /// `turns`: the seed of the order in a round; 0 = CPUs in turn, from the next one on.
  MachineRounds(MachineBoard& board, Cycles quantum, std::uint64_t turns);

  /// From the next round on.
  void set_quantum(Cycles quantum) { quantum_ = quantum; }

  /// Before each turn: opens a round if none is, and passes over those that sleep. False if there
  /// is none before the barrier.
  bool prepare_turn();
  /// The CPU whose turn it is.
  CpuId current() const;
  /// Where its turn ends.
  Cycles turn_end();
  /// No round that begins from now on goes beyond this cycle.
  void set_barrier(Cycles at) { barrier_ = at; }
  /// The current CPU has run; passes the turn on if it is over.
  void advance();
  /// Brings all clocks up to date and passes nobody over until seen asleep again. Before anybody
  /// looks at CPUs, or changes them from outside.
  void catch_up();

  /// Whether a CPU is parked, or dozes and has no reason to wake at its present cycle.
  bool sleeps(CpuId id);

  Cycles slowest() const;  // clock of the CPU furthest behind
  Cycles fastest() const;
  /// When the first CPU executes again unless something happens outside: now, as long as one is
  /// awake; Cycles::never() if only input from outside can make one execute.
  Cycles idle_until();
  /// Whether no CPU will ever have something to do again.
  bool idles_forever() {
    return board_.cpu(current()).is_dozing() && all_doze() && next_wake() == Cycles::never();
  }

  // numa::EventQueueListener
  void next_event_is_earlier(Cycles next) override;
  // WakeListener
  void may_wake(CpuId cpu) override;

  void visit(StateVisitor& v);

 private:
  void begin_round();
  /// Every CPU has reached it, and what was due by then has happened.
  bool is_at_barrier() const { return !is_open_ && end_ >= barrier_; }
  bool all_doze();
  Cycles wakes_itself_at(CpuId id);
  Cycles next_wake();
  void pass_over(CpuId id);
  void wake_due();
  bool pass_turn();
  void wake(CpuId id);
  Cycles clock_of_sleeper(CpuId id) const;
  std::uint32_t turn_of(CpuId id) const;
  void draw_order();
  bool is_asleep(CpuId id) const { return asleep_[index_of(id)] != 0; }

  MachineBoard& board_;
  Cycles quantum_;
  Cycles end_;                        // of the round, while one is open; else of the last
  Cycles barrier_ = Cycles::never();  // whoever runs the machine sets it each time
  std::uint32_t first_ = 0;           // the CPU that begins the round, unless orders are drawn
  std::uint32_t turns_taken_ = 0;
  bool is_open_ = false;
  std::uint64_t round_ = 0;  // number of the round, if orders are drawn

  const std::uint64_t turns_;
  std::vector<std::uint32_t> order_;  // the round's CPUs in their order, if it is drawn
  std::vector<std::uint32_t> turn_;   // by CpuId: its place there

  // No state: what is passed over depends on how the host cuts a run, what comes of it does not.
  Cycles start_;                      // of the round: the end of the one before
  std::vector<std::uint8_t> asleep_;  // by CpuId
  std::vector<Cycles> wakes_at_;      // by CpuId, of those asleep
  std::uint32_t sleepers_ = 0;
  Cycles first_wake_ = Cycles::never();
};

}  // namespace machine
