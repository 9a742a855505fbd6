#include "disco/host/trial_boot.hpp"

#include "disco/core/life/life.hpp"

namespace disco {

TrialBoot::TrialBoot(const BootInfo& info, MachineMemory memory, Hardware& hardware)
    : booted_{boot(info, memory, hardware)} {
  if (booted_.monitor == nullptr) return;
  Monitor& monitor = *booted_.monitor;
  for (unsigned cpu = 0; cpu < monitor.cpus; ++cpu) {
    processors_.push_back(std::make_unique<Processor>(monitor, hardware, counters_, cpu,
                                                      cpu / monitor.cpus_per_node, running_name_));
    monitor.processors[cpu] = processors_.back().get();
  }
}

bool TrialBoot::start_all() {
  std::vector<unsigned> all;
  for (unsigned n = 0; booted_.monitor != nullptr && n < booted_.monitor->vms; ++n)
    all.push_back(n);
  return start(all);
}

bool TrialBoot::start(const std::vector<unsigned>& vms) {
  if (booted_.monitor == nullptr) return false;
  Monitor& monitor = *booted_.monitor;
  for (unsigned n = 0; n < monitor.vms; ++n) monitor.slots[n].request.start = Processor::kNever;
  for (const unsigned n : vms) monitor.slots[n].request.start = 0;
  for (const auto& processor : processors_) {
    schedule_own_vms(*processor);
    start_due_vms(*processor);
  }
  for (const unsigned n : vms) {
    if (monitor.slots[n].record->state == VmState::kRunning) continue;
    booted_.why = monitor.slots[n].why;
    booted_.detail = monitor.slots[n].why_detail;
    return false;
  }
  return true;
}

}  // namespace disco
