// One account for each VCPU, and one for each CPU while it runs none: everything that is counted
// goes to the account of what the monitor says that the CPU runs. It is asked whenever the monitor
// passes the mark of a switch, so that every count has exactly one owner and none is a remainder.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <utility>

#include "measure/episodes/episodes.hpp"
#include "measure/vms/counts.hpp"
#include "measure/vms/monitor_directory.hpp"
#include "measure/vms/timeline.hpp"

namespace measure {

/// Of a VCPU, over all starts of its virtual machine.
struct VcpuAccount {
  VcpuAccount(std::uint16_t vm, std::uint16_t vcpu, std::uint32_t number)
      : vm{vm}, vcpu{vcpu}, episodes{number} {}

  std::uint16_t vm, vcpu;
  std::uint32_t generation = 0;  // of the start that its open episodes belong to
  EpisodeTracker::Account episodes;
  Counts counts;
  std::uint64_t first_cycle = 0;  // at which it first ran
  std::uint64_t entered = 0;      // times that it came to a CPU
  std::uint64_t moved = 0;        // of them, to another one than before
  std::optional<CpuId> last_cpu;
};

class VcpuAccounts {
 public:
  /// `trackers` by CPU, each with its own account, which is nobody's; all outlive this.
  VcpuAccounts(machine::Machine& machine, MonitorDirectory directory, std::size_t monitor_counters,
               std::vector<EpisodeTracker*> trackers);

  /// Asks the monitor what `cpu` runs. What was counted until `now` belonged to what ran before.
  void look(CpuId cpu, const Counts& now);
  /// From `now` on the monitor works for no VCPU, whatever its last one was.
  void leave(CpuId cpu, const Counts& now) { change(cpu, now, nullptr); }
  /// What was counted until `now` is in the account that `cpu` has.
  void settle(CpuId cpu, const Counts& now);
  /// A reading of `cpu` for the functions above.
  Counts read(CpuId cpu, const Moment* at, Mode mode) const;
  /// The end of the run: what is open becomes unfinished.
  void close();

  /// What runs on `cpu`; nullptr: nobody.
  VcpuAccount* on(CpuId cpu) const { return cpus_.at(index_of(cpu)).running; }
  /// In the order in which they first ran.
  const std::deque<VcpuAccount>& vcpus() const { return vcpus_; }
  /// What `cpu` counted while it ran nobody.
  const Counts& nobodys(CpuId cpu) const { return cpus_.at(index_of(cpu)).nobodys; }
  const Timeline& timeline() const { return timeline_; }
  const MonitorDirectory& directory() const { return directory_; }

 private:
  struct Cpu {
    EpisodeTracker* tracker = nullptr;
    VcpuAccount* running = nullptr;
    Counts last, nobodys;
    std::uint64_t since = 0;  // cycle at which `running` came
  };
  VcpuAccount& account_of(const RunningVcpu& who, std::uint64_t cycle);
  void change(CpuId cpu, const Counts& now, VcpuAccount* next);

  machine::Machine& machine_;
  const MonitorDirectory directory_;
  const std::size_t monitor_counters_;
  std::vector<Cpu> cpus_;
  std::deque<VcpuAccount> vcpus_;  // stay where they are
  std::map<std::pair<std::uint16_t, std::uint16_t>, VcpuAccount*> by_name_;
  Timeline timeline_;
};

}  // namespace measure
