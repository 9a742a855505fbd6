#include "disco/core/vm/processor.hpp"

#include <algorithm>
#include <bit>

#include "disco/core/mark.hpp"
#include "disco/core/vm/monitor.hpp"
#include "disco/core/vm/vcpu.hpp"
#include "disco/core/vm/vm.hpp"
#include "hardware/board/interrupts.hpp"

namespace disco {

void VcpuList::insert_before(Vcpu* place, Vcpu& vcpu) {
  vcpu.next = place;
  vcpu.previous = place != nullptr ? place->previous : last;
  (vcpu.previous != nullptr ? vcpu.previous->next : first) = &vcpu;
  (place != nullptr ? place->previous : last) = &vcpu;
  ++count;
}

void VcpuList::remove(Vcpu& vcpu) {
  (vcpu.previous != nullptr ? vcpu.previous->next : first) = vcpu.next;
  (vcpu.next != nullptr ? vcpu.next->previous : last) = vcpu.previous;
  vcpu.next = vcpu.previous = nullptr;
  --count;
}

void Processor::serve_mailbox() {
  mailbox.serve([this](const DropRequest& request) {
    COUNT_EVENT(counters, shootdowns_served);
    if (drop_page(request, hardware, counters) == 0) COUNT_EVENT(counters, shootdowns_needless);
  });
}

void Processor::take_interrupts() {
  const std::uint64_t pending = hardware.pending_interrupts();
  if ((pending & cause::kIpIpi) != 0) {
    hardware.acknowledge_cpus();
    COUNT_EVENT(counters, ipis);
    serve_mailbox();
  }
  if ((pending & cause::kIpDevice) != 0) {
    const auto queue_of = [this](unsigned vm) {
      return vm < monitor.vms ? &monitor.slots[vm].input : nullptr;
    };
    monitor.console.take_input(hardware, queue_of, [this](unsigned vm) {
      post_to(monitor.slots[vm], post::kInput, *this);
    });
    if (hardware.console_has_ended()) {
      for (unsigned vm = 0; vm < monitor.vms; ++vm) {
        monitor.slots[vm].input.end();
        post_to(monitor.slots[vm], post::kInput, *this);
      }
    }
  }
  look_at_time();
}

void Processor::look_at_time() {
  const std::uint64_t now = hardware.time();
  {
    const LockGuard guard{queue_lock, hardware};
    while (parked.first != nullptr && parked.first->wake_at() <= now) {
      Vcpu& due = *parked.first;
      parked.remove(due);
      due.state = VcpuState::kRunnable;
      runnable.insert_before(nullptr, due);
    }
    others_at = parked.first != nullptr ? parked.first->wake_at() : kNever;
    if (runnable.count == 0) {
      slice_end = kNever;
    } else if (slice_end == kNever) {
      slice_end = now + monitor.slice_ticks;
    }
  }
  others_at = std::min(others_at, slice_end);
  if (next_start != nullptr) others_at = std::min(others_at, next_start->start_at);
  wants_switch = now >= slice_end || (next_start != nullptr && next_start->start_at <= now);
}

void Processor::set_timer() {
  hardware.set_timer(running != nullptr ? std::min(others_at, running->wake_at()) : others_at);
}

namespace {

/// A CPU that dozes and on which the VCPU may run; the monitor's number of CPUs if there is none.
unsigned idle_cpu_for(const Vcpu& vcpu, const Monitor& monitor) {
  for (unsigned w = 0; w < CpuSet::kWords; ++w) {
    const std::uint64_t idle = read_shared(monitor.idle[w]) & vcpu.vm.slot().request.cpus.words[w];
    if (idle != 0) return w * 64 + static_cast<unsigned>(std::countr_zero(idle));
  }
  return monitor.cpus;
}

}  // namespace

void post_to(Vcpu& vcpu, std::uint64_t bits, Processor& by) {
  update_shared(vcpu.posted, [bits](std::uint64_t old) { return old | bits; });
  const Monitor& monitor = by.monitor;
  for (;;) {
    const unsigned cpu = __atomic_load_n(&vcpu.queue_cpu, __ATOMIC_SEQ_CST);
    Processor& at = monitor.processor(cpu);
    const LockGuard guard{at.queue_lock, by.hardware};
    if (vcpu.queue_cpu != cpu) continue;  // it has moved meanwhile
    if (vcpu.state == VcpuState::kRunnable) return;
    if (vcpu.state == VcpuState::kParked) {
      at.parked.remove(vcpu);
      vcpu.state = VcpuState::kRunnable;
      at.runnable.insert_before(nullptr, vcpu);
    }
    if (cpu != by.number) by.hardware.interrupt_cpu(cpu);
    if (vcpu.state == VcpuState::kRunning || at.running == nullptr) return;
    const unsigned idle = idle_cpu_for(vcpu, monitor);
    if (idle < monitor.cpus && idle != by.number) by.hardware.interrupt_cpu(idle);
    return;
  }
}

void post_to(VmSlot& slot, std::uint64_t bits, Processor& by) {
  const LockGuard guard{slot.life_lock, by.hardware};
  if (slot.vcpu != nullptr) post_to(*slot.vcpu, bits, by);
}

}  // namespace disco
