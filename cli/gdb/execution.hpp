// How the machine runs under a debugger: continued from where it stopped, or one instruction of one
// CPU. Every run goes through config::Machine::run(), whose hooks look at the debugger, at
// interrupts and at limits; whatever ends a run ends the wait for a step too.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "common/error.hpp"
#include "common/result.hpp"
#include "machine/machine.hpp"

namespace cli::gdb {
using namespace common;

class Execution {
 public:
  Execution(machine::Machine& machine, const machine::RunLimits& limits);

  /// Runs until something ends it: kBreakpoint, kInterrupted after stop(), or what ends the run for
  /// good. A breakpoint at which a CPU was told to stand when it stopped is passed first.
  /// `selected`: the CPU that is told to have stopped if none did by itself.
  Result<machine::RunEnd, Error> resume(CpuId selected);

  /// One instruction of a CPU (a branch with its delay slot): kBreakpoint. An exception or
  /// interrupt in between belongs to it unless enters_exceptions(): the machine runs on until the
  /// CPU is back. A CPU that sleeps executes nothing until it wakes; meanwhile the machine runs,
  /// and after kNap of simulated time, or where nothing can wake it, the step ends without one.
  Result<machine::RunEnd, Error> step(CpuId cpu);
  /// Which CPU the last of them ended at.
  CpuId stopped_cpu() const { return stopped_.cpu; }

  /// Ends resume() or step() soon. For hooks, while they run.
  void stop();

  /// Whether a step goes into exception handlers. One that begins within a handler (EXL or ERL)
  /// always follows it.
  void set_enters_exceptions(bool enters) { enters_exceptions_ = enters; }
  bool enters_exceptions() const { return enters_exceptions_; }

  /// The longest that a step waits for a CPU that sleeps, of simulated time.
  static constexpr std::chrono::microseconds kNap{1000};

 private:
  /// Where in a program a CPU is, in terms that an exception leaves as they are.
  struct Place {
    VirtAddr pc, stack;
    std::array<std::uint64_t, 11> saved{};  // what a call, to the system too, leaves as it is
    Mode mode{};
    bool in_handler = false;
    bool is_leaving = false;  // a supervisor's eret: the monitor carries it out
    std::uint8_t asid = 0;    // of user mode, else 0

    /// Whether a CPU that is here may be back from an exception that was taken at `from`.
    bool is_back_at(const Place& from) const;
  };
  struct Stopped {
    CpuId cpu{};
    VirtAddr pc;
    std::uint64_t retired = 0;
    bool operator==(const Stopped&) const = default;
  };
  /// A step whose exception has not returned yet.
  struct Unfinished {
    CpuId cpu{};
    Place from;
  };
  using End = Result<machine::RunEnd, Error>;
  /// The end of a run that came before what was waited for, or nothing: it happened.
  using Ended = Result<std::optional<machine::RunEnd>, Error>;
  class Return;
  class Waking;

  Place place_of(CpuId cpu);
  Stopped stopped_at(CpuId cpu);
  std::uint64_t exceptions_of(CpuId cpu);
  /// Passes the breakpoint at which the debugger was told that a CPU stands.
  End run(const machine::RunLimits& limits);
  void want_end();
  Ended step_awake(CpuId cpu);
  /// Until `cpu` is back in the program that it was in.
  Ended finish_exception(CpuId cpu, const Place& from);
  /// Until `cpu` wakes or has slept long enough.
  Ended nap(CpuId cpu);
  std::optional<machine::RunEnd> limit_reached();
  End remember(const Ended& ended, CpuId cpu);

  machine::Machine& machine_;
  machine::RunLimits limits_;
  bool enters_exceptions_ = false;
  bool stop_asked_ = false, end_wanted_ = false;
  Stopped stopped_;
  std::optional<Unfinished> unfinished_;
};

}  // namespace cli::gdb
