// Who runs when. CPUs take turns: in a round each runs to the same cycle, the end of the round,
// which is a quantum away or, if that is earlier, at the next event; then the events that are due
// are delivered, and the next round begins with another CPU. A round can be left at any instruction
// and continued later: where it stands is state.
//
// Invariants
//   1. The end of a round depends on the state when it begins and on events scheduled during it,
//   never
//      on limits or on how often the host looks in.
//   2. No event is delivered before every CPU has reached its cycle.
#pragma once

#include <cstdint>

#include "common/state.hpp"
#include "common/units.hpp"
#include "config/machine_board.hpp"

namespace config {

class MachineRounds final : public numa::EventQueueListener {
 public:
  MachineRounds(MachineBoard& board, Cycles quantum);

  /// From the next round on.
  void set_quantum(Cycles quantum) { quantum_ = quantum; }

  /// The CPU whose turn it is.
  CpuId current() const;
  /// Where its turn ends.
  Cycles turn_end();
  /// The current CPU has run; passes the turn on if it is over.
  void advance();

  Cycles slowest() const;  // clock of the CPU furthest behind
  Cycles fastest() const;
  /// When the first CPU executes again unless something happens outside: now, as long as one is
  /// awake; Cycles::never() if only input from outside can make one execute.
  Cycles idle_until();

  // numa::EventQueueListener
  void next_event_is_earlier(Cycles next) override;

  void visit(StateVisitor& v);

 private:
  void begin_round();
  bool all_doze();
  Cycles wakes_itself_at(CpuId id);
  Cycles next_wake();

  MachineBoard& board_;
  Cycles quantum_;
  Cycles end_;               // of the round, while one is open
  std::uint32_t first_ = 0;  // the CPU that begins the round
  std::uint32_t turns_taken_ = 0;
  bool is_open_ = false;
};

}  // namespace config
