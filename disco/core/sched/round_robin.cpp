#include "disco/core/sched/round_robin.hpp"
#include "disco/core/mark.hpp"
#include "disco/core/vm/monitor.hpp"
#include "disco/core/vm/vm.hpp"

namespace disco {

namespace {

/// The first in the queue of `from` that `here` may run.
Vcpu* take_from(Processor& from, Processor& here) {
  const LockGuard guard{from.queue_lock, here.hardware};
  for (Vcpu* vcpu = from.runnable.first; vcpu != nullptr; vcpu = vcpu->next) {
    if (&from != &here && !vcpu->vm.slot().request.cpus.contains(here.number)) continue;
    from.runnable.remove(*vcpu);
    vcpu->state = VcpuState::kRunning;
    __atomic_store_n(&vcpu->queue_cpu, here.number, __ATOMIC_SEQ_CST);
    return vcpu;
  }
  return nullptr;
}

/// The CPU after `cpu` on which the VCPU may run.
unsigned next_cpu(const Vcpu& vcpu, unsigned cpu, unsigned cpus) {
  do {
    cpu = cpu + 1 < cpus ? cpu + 1 : 0;
  } while (!vcpu.vm.slot().request.cpus.contains(cpu));
  return cpu;
}

}  // namespace

Vcpu* RoundRobin::take_next(Processor& here) {
  if (Vcpu* vcpu = take_from(here, here)) return vcpu;
  const Monitor& monitor = here.monitor;
  if (monitor.cpus == 1) return nullptr;
  // The longest queue first; if it has nothing for this CPU, the others in turn.
  unsigned longest = here.number;
  std::uint64_t most = 0;
  for (unsigned n = 1; n < monitor.cpus; ++n) {
    const unsigned cpu =
        here.number + n < monitor.cpus ? here.number + n : here.number + n - monitor.cpus;
    const std::uint64_t count = read_shared(monitor.processor(cpu).runnable.count);
    if (count <= most) continue;
    longest = cpu;
    most = count;
  }
  for (unsigned n = 0; most != 0 && n < monitor.cpus; ++n) {
    const unsigned cpu = longest + n < monitor.cpus ? longest + n : longest + n - monitor.cpus;
    Processor& from = monitor.processor(cpu);
    if (cpu == here.number || read_shared(from.runnable.count) == 0) continue;
    if (Vcpu* vcpu = take_from(from, here)) {
      COUNT_EVENT(here.counters, steals);
      return vcpu;
    }
  }
  return nullptr;
}

void RoundRobin::put(Vcpu& vcpu, Processor& here) {
  const Monitor& monitor = here.monitor;
  unsigned cpu = vcpu.queue_cpu;
  if (monitor.always_move) cpu = next_cpu(vcpu, cpu, monitor.cpus);
  Processor& at = monitor.processor(cpu);
  {
    const LockGuard guard{at.queue_lock, here.hardware};
    vcpu.state = VcpuState::kRunnable;
    __atomic_store_n(&vcpu.queue_cpu, cpu, __ATOMIC_SEQ_CST);
    at.runnable.insert_before(nullptr, vcpu);
  }
  if (cpu != here.number) here.hardware.interrupt_cpu(cpu);
}

}  // namespace disco
