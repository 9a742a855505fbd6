// Machines simulated together, joined by one link. They advance in windows that are no longer than
// the link's latency: what is sent in a window arrives after its end, so within it the machines do
// not know of each other, and in which order the host runs them does not matter.
//
// Invariants
//   1. Frames change machines only between windows, when every CPU of every machine has reached the
//      window's end; they are given to a machine ordered by (arrival, sender, order of sending).
//   2. Where windows begin and end depends on the state of the machines alone.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "common/error.hpp"
#include "common/result.hpp"
#include "machine/devices/net/link.hpp"
#include "machine/machine.hpp"
#include "numa/clock.hpp"

namespace machine {

class MachineGroup {
 public:
  static constexpr std::uint32_t kMostMachines = 16;

  /// Requires: 1 .. kMostMachines machines, each with a network device of the same link.
  explicit MachineGroup(std::vector<std::unique_ptr<Machine>> machines);

  std::uint32_t size() const { return static_cast<std::uint32_t>(members_.size()); }
  Machine& machine(std::uint32_t number) { return *members_[number].machine; }
  bool is_on(std::uint32_t number) const { return is_on(members_[number]); }
  /// How a machine that has ended did so: kPowerOff or kReset.
  RunEnd end_of(std::uint32_t number) const { return members_[number].end; }

  /// Runs until every machine is off, or one of them has ended by a reset or with an exit code
  /// other than 0: kPowerOff or kReset. The limits are looked at between windows and count
  /// instructions of all machines and simulated time of the slowest. kIdleForever: none that is on
  /// can wake.
  Result<RunEnd, Error> run(const RunLimits& limits);

  std::uint64_t retired() const;    // instructions, all machines
  std::uint64_t exit_code() const;  // the first that is not 0, by machine
  /// The digest of all machines, in order.
  Digest digest();
  void visit(StateVisitor& v);

 private:
  struct Member {
    std::unique_ptr<Machine> machine;
    numa::Clock clock;
    RunEnd end = RunEnd::kBarrier;
  };
  static bool is_on(const Member& member) { return member.end == RunEnd::kBarrier; }
  bool is_over() const;
  std::optional<RunEnd> end_between_windows(const RunLimits& limits);
  numa::Nanoseconds first_wake() const;
  void exchange();

  std::vector<Member> members_;
  LinkTiming link_;
  numa::Nanoseconds window_end_ = 0;
  std::uint32_t next_ = 0;  // members before it have reached the window's end
};

}  // namespace machine
