#include "disco/core/sched/dispatch.hpp"

#include "disco/core/life/life.hpp"
#include "disco/core/mark.hpp"
#include "disco/core/traps/trap.hpp"
#include "disco/core/vm/monitor.hpp"
#include "disco/core/vm/vm.hpp"

namespace disco {

namespace {

/// The VCPU's registers leave the CPU. Its TLB entries and floating-point registers stay as well:
/// they are good as long as nobody else has used them.
void leave(Processor& here, Vcpu& vcpu) {
  PHASE_MARK(vcpu_switch);
  vcpu.left_at = here.hardware.time();
  vcpu.had_fpu = vcpu.owns_fpu;
  if (vcpu.owns_fpu) {
    here.hardware.fpu_save(vcpu.fpu);
    COUNT_EVENT(here.counters, fpu_saves);
    vcpu.fpu_cpu = here.number;
    vcpu.owns_fpu = false;
    vcpu.refresh();
  }
  here.running = nullptr;
}

/// Waits for an interrupt, unless something was posted meanwhile.
void park(Processor& here, Vcpu& vcpu) {
  const LockGuard guard{here.queue_lock, here.hardware};
  if (read_shared(vcpu.posted) != 0) {
    vcpu.state = VcpuState::kRunnable;
    here.runnable.insert_before(nullptr, vcpu);
    return;
  }
  vcpu.state = VcpuState::kParked;
  Vcpu* place = here.parked.first;
  while (place != nullptr && place->wake_at() <= vcpu.wake_at()) place = place->next;
  here.parked.insert_before(place, vcpu);
}

void take_tlb(Processor& here, Vcpu& vcpu) {
  const bool is_kept = here.owner() == vcpu.name && vcpu.tlb_cpu == here.number;
  vcpu.tlb_cpu = here.number;
  if (is_kept) return;
  // The owner is known before any frame is read for its entries (docs/monitor.md, Revoking).
  write_shared(here.tlb_owner, vcpu.name.bits);
  vcpu.vm.note_cpu(here.number);
  COUNT_EVENT(here.counters, tlb_switch_flushes);
  here.hardware.tlb_flush();
}

/// This CPU's clock may be behind what the VCPU has seen on another.
void take_time(Processor& here, Vcpu& vcpu) {
  const std::uint64_t now = here.hardware.time();
  if (now >= vcpu.left_at) return;
  const std::uint64_t behind = vcpu.left_at - now;
  vcpu.cp0.count_offset += static_cast<std::uint32_t>(behind);
  vcpu.deadline -= behind;
}

void enter(Processor& here, Vcpu& vcpu) {
  PHASE_MARK(vcpu_switch);
  here.running = &vcpu;
  write_shared(here.running_name, vcpu.name.bits);
  COUNT_EVENT(here.counters, vcpu_switches);
  take_tlb(here, vcpu);
  take_time(here, vcpu);
  if (vcpu.had_fpu && vcpu.fpu_cpu == here.number && here.fpu_holder == vcpu.name.bits) {
    vcpu.owns_fpu = true;
    vcpu.refresh();
  }
  here.slice_end = Processor::kNever;
  here.look_at_time();
}

/// Moves or watches a page of any VM, to show that guests notice nothing.
[[gnu::noinline]] void disturb_pages(Processor& here) {
  Monitor& monitor = here.monitor;
  // Knuth's MMIX generator, by CPU.
  here.draws = here.draws * 6364136223846793005 + 1442695040888963407 + here.number;
  const std::uint64_t draw = here.draws >> 16;
  VmSlot& slot = monitor.slots[draw % monitor.vms];
  const LockGuard guard{slot.life_lock, here.hardware};
  if (slot.vcpu == nullptr) return;
  const std::uint64_t index = (draw >> 16) % slot.vm->pmap().pages();
  if ((draw >> 12 & 1) != 0) {
    slot.vm->move(index, static_cast<unsigned>((draw >> 8) % monitor.memmap.nodes()));
  } else {
    slot.vm->revoke(index, [](FrameWord old) {
      return old.is_absent()
                 ? old
                 : FrameWord::of(old.page(), PageRights::kReadOnly, FrameWord::kWatched);
    });
  }
}

void sleep(Processor& here) {
  const std::uint64_t bit = std::uint64_t{1} << (here.number % 64);
  std::uint64_t& word = here.monitor.idle[here.number / 64];
  update_shared(word, [bit](std::uint64_t old) { return old | bit; });
  here.look_at_time();
  if (read_shared(here.runnable.count) == 0 && !here.wants_switch) {
    write_shared(here.running_name, 0);
    here.set_timer();
    PHASE_MARK(idle);
    ++here.counters.dozes;
    here.hardware.doze();
    PHASE_MARK(interrupt);
    here.take_interrupts();
  }
  update_shared(word, [bit](std::uint64_t old) { return old & ~bit; });
}

/// What a VCPU that was entered finds: its timer, what was posted, its interrupts.
TrapAnswer take_up(Vcpu& vcpu) {
  take_due_timer(vcpu);
  vcpu.processor.set_timer();
  TrapAnswer answer = take_posts(vcpu);
  if (answer == TrapAnswer::kHandled) answer = deliver_interrupts(vcpu);
  return answer;
}

}  // namespace

Vcpu* dispatch(Processor& here, TrapAnswer answer) {
  SchedulingPolicy& policy = *here.monitor.policy;
  for (;;) {
    if (Vcpu* const left = here.running) {
      leave(here, *left);
      if (answer == TrapAnswer::kStop) {
        if (end_vm(*left, here)) return nullptr;
      } else if (left->is_dozing) {
        park(here, *left);
      } else {
        if (here.wants_switch) COUNT_EVENT(here.counters, slices_ended);
        policy.put(*left, here);
      }
    }
    if (start_due_vms(here)) return nullptr;
    Vcpu* const next = policy.take_next(here);
    if (next == nullptr) {
      sleep(here);
      continue;
    }
    enter(here, *next);
    if (here.monitor.move_pages) disturb_pages(here);
    answer = take_up(*next);
    if (answer == TrapAnswer::kHandled) return next;
  }
}

}  // namespace disco
