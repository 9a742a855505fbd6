// What a virtual machine did between two readings of its accounts.
#include <algorithm>

#include "measure/measurement.hpp"

namespace measure {

PhaseResult Measurement::result_of(const std::string& name, std::uint32_t vm, const VmReading& from,
                                   const VmReading& to, bool ended, bool whole) const {
  PhaseResult r;
  r.name = name;
  r.began = true;
  r.ended = ended;
  r.from_cycle = from.cycles;
  r.to_cycle = to.cycles;
  Counts counts;
  counts.add(to.counts, from.counts);
  r.instructions = counts.retired;
  r.episodes = to.episodes.since(from.episodes);
  r.tally["clock.cycles"] = counts.cycles;
  r.tally["clock.instructions"] = counts.retired;
  add_cpu_counters(r.tally, counts.cpu);
  add_episode_counters(r.tally, r.episodes);
  add_monitor_events(r.tally, r.episodes);
  const auto& infos = MonitorView::counter_infos();
  counts.monitor.resize(infos.size());
  for (std::size_t i = 0; i < infos.size(); ++i)
    r.tally[std::string{infos[i].name}] = counts.monitor[i];
  if (const numa::MemorySystem* const memory = booted_.machine->memory_system())
    add_memory_counters(r.tally, *memory, counts.memory);
  const bool sees_refills =
      vm < booted_.vms.size() && guest_marks_->sees_refills(booted_.vms[vm].kind);
  r.identities = check_identities(r.tally, {true, sees_refills, whole});
  return r;
}

void Measurement::finish_vms() {
  std::map<std::uint32_t, VmResult> by_number;
  for (const VcpuAccount& vcpu : accounts_->vcpus()) {
    const auto [at, is_new] = by_number.emplace(vcpu.vm, VmResult{});
    VmResult& vm = at->second;
    vm.vm = vcpu.vm;
    vm.first_cycle = is_new ? vcpu.first_cycle : std::min(vm.first_cycle, vcpu.first_cycle);
    vm.entered += vcpu.entered;
    vm.moved += vcpu.moved;
  }
  const std::uint64_t end_cycle = results_.front().to_cycle;
  for (auto& [number, vm] : by_number) {
    VmReading start, end = read_vm(number, nullptr, Mode::kKernel);
    start.cycles = vm.first_cycle;
    end.cycles = end_cycle;
    vm.phases.push_back(result_of("all", number, start, end, true, true));
    const auto first = first_vm_marks_.find(number);
    const bool marked = first != first_vm_marks_.end();
    vm.phases.push_back(
        result_of("boot", number, start, marked ? first->second : end, marked, false));
    for (const Span& span : spans_) {
      const auto own = span.by_vm.find(number);
      const bool from_start = span.phase.from == 0;
      if (!from_start && (own == span.by_vm.end() || !own->second.from)) {
        vm.phases.emplace_back().name = span.phase.name;
        continue;
      }
      const bool has_end = own != span.by_vm.end() && own->second.to;
      vm.phases.push_back(result_of(span.phase.name, number, from_start ? start : *own->second.from,
                                    has_end ? *own->second.to : end, has_end || span.phase.to == 0,
                                    false));
    }
    for (std::size_t i = 0; i < results_.size(); ++i) {
      const PhaseResult& own = vm.phases[i];
      if (own.began && own.ended) results_[i].each.push_back(own.cycles());
    }
    vm_results_.push_back(std::move(vm));
  }
}

}  // namespace measure
