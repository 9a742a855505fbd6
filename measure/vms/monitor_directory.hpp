// Where the monitor keeps what it tells the host: its CPUs' pages, what runs on each, and the table
// of virtual machines. Read from the machine's memory; the layout is docs/monitor.md's.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "machine/boot/boot.hpp"

namespace measure {
using namespace common;

/// What a CPU runs, as its page names it.
struct RunningVcpu {
  std::uint16_t vm = 0;
  std::uint16_t vcpu = 0;
  std::uint32_t generation = 0;  // which start of the virtual machine, from 1
  bool operator==(const RunningVcpu&) const = default;
};

/// A row of the monitor's table.
struct VmStatus {
  enum class State : std::uint8_t { kWaiting, kStarting, kRunning, kEnded };
  State state = State::kWaiting;
  std::uint64_t starts = 0;
  std::uint64_t exit_value = 0;  // of its last end, as the power register took it
  std::uint64_t ended_at = 0;    // nanoseconds of machine time
  std::uint64_t pages = 0;       // of machine memory that it has now, as its guest's

  /// What its last end said: (code << 1) | 1 is a failure of that code, an even value success.
  std::uint64_t exit_code() const { return (exit_value & 1) == 0 ? 0 : exit_value >> 1; }
};
const char* name_of(VmStatus::State state);

class MonitorDirectory {
 public:
  /// Nothing if the monitor's image has no directory: another monitor than ours.
  static std::optional<MonitorDirectory> of(const machine::Booted& booted);

  /// True once the monitor has written it; until then everything below is empty.
  bool is_there(const machine::Machine& machine) const;
  /// Nothing while the CPU is idle or runs the monitor alone.
  std::optional<RunningVcpu> running(const machine::Machine& machine, CpuId cpu) const;
  /// Where a CPU's counters are; nothing before its page is there.
  std::optional<MachineAddr> counters(const machine::Machine& machine, CpuId cpu) const;
  /// By number; empty before the table is there.
  std::vector<VmStatus> vms(const machine::Machine& machine) const;

 private:
  explicit MonitorDirectory(MachineAddr at) : at_{at} {}
  std::optional<MachineAddr> page(const machine::Machine& machine, CpuId cpu) const;

  MachineAddr at_;
  /// Pages stay where they are, so that each is looked for once.
  mutable std::vector<MachineAddr> pages_;
};

}  // namespace measure
