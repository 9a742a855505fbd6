#include "measure/vms/vcpu_accounts.hpp"

namespace measure {

VcpuAccounts::VcpuAccounts(machine::Machine& machine, MonitorDirectory directory,
                           std::size_t monitor_counters, std::vector<EpisodeTracker*> trackers)
    : machine_{machine}, directory_{std::move(directory)}, monitor_counters_{monitor_counters} {
  for (EpisodeTracker* const tracker : trackers) {
    const CpuId id{static_cast<std::uint32_t>(cpus_.size())};
    Cpu& cpu = cpus_.emplace_back();
    cpu.tracker = tracker;
    cpu.last = read(id, nullptr, Mode::kKernel);
    cpu.since = cpu.last.cycles;
  }
}

Counts VcpuAccounts::read(CpuId cpu, const Moment* at, Mode mode) const {
  return read_counts(machine_, machine_.cpu(cpu), at, mode, directory_.counters(machine_, cpu),
                     monitor_counters_);
}

VcpuAccount& VcpuAccounts::account_of(const RunningVcpu& who, std::uint64_t cycle) {
  VcpuAccount*& known = by_name_[{who.vm, who.vcpu}];
  if (known == nullptr) {
    known = &vcpus_.emplace_back(who.vm, who.vcpu, static_cast<std::uint32_t>(vcpus_.size() + 1));
    known->first_cycle = cycle;
  }
  return *known;
}

void VcpuAccounts::settle(CpuId id, const Counts& now) {
  Cpu& cpu = cpus_.at(index_of(id));
  (cpu.running == nullptr ? cpu.nobodys : cpu.running->counts).add(now, cpu.last);
  const std::int32_t vm = cpu.running == nullptr ? Timeline::kNobody : cpu.running->vm;
  timeline_.ran(index_of(id), vm, cpu.since, now.cycles);
  cpu.since = now.cycles;
  cpu.last = now;
}

void VcpuAccounts::change(CpuId id, const Counts& now, VcpuAccount* next) {
  Cpu& cpu = cpus_.at(index_of(id));
  settle(id, now);
  cpu.tracker->switch_to(next == nullptr ? cpu.tracker->own_account() : next->episodes,
                         Cycles{now.cycles});
  cpu.running = next;
}

void VcpuAccounts::look(CpuId id, const Counts& now) {
  const auto who = directory_.running(machine_, id);
  if (!who) return change(id, now, nullptr);
  VcpuAccount& next = account_of(*who, now.cycles);
  Cpu& cpu = cpus_.at(index_of(id));
  if (next.generation != who->generation) {
    // What its last start left open will not go on.
    if (next.generation != 0) cpu.tracker->close(next.episodes);
    next.generation = who->generation;
  }
  if (cpu.running != &next) {
    ++next.entered;
    if (next.last_cpu && *next.last_cpu != id) ++next.moved;
    next.last_cpu = id;
  }
  change(id, now, &next);
}

void VcpuAccounts::close() {
  if (cpus_.empty()) return;
  for (VcpuAccount& vcpu : vcpus_) cpus_.front().tracker->close(vcpu.episodes);
}

}  // namespace measure
