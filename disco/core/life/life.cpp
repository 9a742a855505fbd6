#include "disco/core/life/life.hpp"

#include <algorithm>
#include <new>

#include "common/check.hpp"
#include "disco/core/life/load.hpp"
#include "disco/core/life/report.hpp"
#include "disco/core/mark.hpp"
#include "disco/core/vm/scheduling_policy.hpp"
#include "disco/core/vm/vm.hpp"
#include "hardware/board/boot_protocol.hpp"
#include "hardware/board/power.hpp"

namespace disco {

namespace {

constexpr std::uint64_t pages_for(std::uint64_t bytes) {
  return (bytes + kPageSize - 1) / kPageSize;
}

/// What a VM's objects need, one after the other in contiguous pages: VM, VCPU, pmap, L2TLB.
struct Layout {
  std::uint64_t vm = 0, vcpu, pmap, l2tlb, bytes;

  explicit Layout(const VmRequest& request, const VmOptions& options) {
    const auto behind = [](std::uint64_t at, std::uint64_t bytes) {
      return (at + bytes + 127) & ~std::uint64_t{127};  // a secondary line
    };
    vcpu = behind(vm, sizeof(Vm));
    pmap = behind(vcpu, sizeof(Vcpu));
    l2tlb = behind(pmap, Pmap::storage_bytes(request.memory_bytes / kPageSize));
    bytes = l2tlb + options.l2tlb_entries * sizeof(L2Tlb::Entry);
  }
};

/// Takes `pages` contiguous pages, zeroed.
bool take_tables(VmSlot& slot, std::uint64_t bytes, Processor& here) {
  const Monitor& monitor = here.monitor;
  slot.table_pages = pages_for(bytes);
  const auto at = monitor.memmap.take_for_monitor(here.node, slot.table_pages, here.hardware);
  if (!at) return false;
  slot.tables = *at;
  for (std::uint64_t n = 0; n < slot.table_pages; ++n) {
    if (n % 256 == 0) here.hardware.relax();
    monitor.memory.zero(*at + n * kPageSize, kPageSize);
  }
  return true;
}

Vcpu* make_vcpu(Vm& vm, const Layout& layout, const Loaded& loaded, Processor& here) {
  const VmSlot& slot = vm.slot();
  const Monitor& monitor = here.monitor;
  const VmOptions& options = monitor.options;
  auto* l2 = monitor.memory.object<L2Tlb::Entry>(slot.tables + layout.l2tlb);
  for (std::uint64_t n = 0; n < options.l2tlb_entries; ++n) new (l2 + n) L2Tlb::Entry{};
  const GuestTlb::Setup setup{
      .entries = slot.request.tlb_entries,
      .l2_storage = {l2, options.l2tlb_entries},
      .large_pages = options.large_pages ? LargePages::kOn : LargePages::kOff,
      .seed = slot.number + 1,
      .vcpu = 0};
  auto* vcpu = new (monitor.memory.at(slot.tables + layout.vcpu)) Vcpu{vm, here, setup, vm.pmap()};
  vcpu->name = VcpuName::of(slot.number, 0, static_cast<std::uint32_t>(slot.record->starts));
  vcpu->context.pc = loaded.entry;
  vcpu->context.gpr[kUhiRegister] = kUhi;
  vcpu->context.gpr[kTreeRegister] = kCssegWindow + loaded.tree.bits();
  vcpu->cp0[cp0::kPrId] = options.prid;
  vcpu->cp0[cp0::kConfig] = (options.config & ~kConfigK0) | cache_algorithm::kNoncoherent;
  vcpu->fast_miss_enabled = options.fast_miss;
  vcpu->stop_at = slot.request.stop;
  vcpu->queue_cpu = here.number;
  vcpu->publish_miss_view();
  vcpu->refresh();
  vcpu->set_deadline();
  return vcpu;
}

/// Memory, tables, files. False: the slot says why not, and has what was taken.
bool make_vm(VmSlot& slot, Processor& here) {
  Monitor& monitor = here.monitor;
  const VmRequest& request = slot.request;
  const Layout layout{request, monitor.options};
  const std::uint64_t guest_pages = request.memory_bytes / kPageSize;
  slot.why = {StopCode::kBadMachine, "the machine has too little memory for the guest"};
  slot.why_detail = "give it more, its guests less, or the L2TLB fewer entries";
  if (!monitor.memmap.reserve(guest_pages + pages_for(layout.bytes))) return false;
  slot.reserved = guest_pages + pages_for(layout.bytes);
  if (!take_tables(slot, layout.bytes, here)) return false;
  std::byte* const pmap_at = monitor.memory.at(slot.tables + layout.pmap);
  const Pmap pmap{{pmap_at, Pmap::storage_bytes(guest_pages)}, guest_pages};
  const VirtualDevices::Facts facts{
      .vcpus = 1, .memory_bytes = request.memory_bytes, .clock_hz = request.clock_hz};
  Vm* const vm = new (monitor.memory.at(slot.tables + layout.vm)) Vm{slot, here, pmap, facts};
  slot.vm = vm;
  if (monitor.options.large_pages && !vm->give_all()) return false;
  const auto loaded = load_files(*vm);
  if (!loaded) return false;
  Vcpu* const vcpu = make_vcpu(*vm, layout, *loaded, here);
  const LockGuard guard{slot.life_lock, here.hardware};
  slot.vcpu = vcpu;
  return true;
}

/// Gives back what the slot's VM had.
void unmake_vm(VmSlot& slot, Processor& here) {
  {
    const LockGuard guard{slot.life_lock, here.hardware};
    slot.vcpu = nullptr;
  }
  const Memmap& memmap = here.monitor.memmap;
  if (slot.vm != nullptr) slot.vm->give_back_memory();
  slot.vm = nullptr;
  if (!(slot.tables == MachineAddr{}))
    memmap.give_back(slot.tables, slot.table_pages, here.hardware);
  slot.tables = MachineAddr{};
  here.monitor.memmap.unreserve(slot.reserved);
  slot.reserved = 0;
}

/// The slot's VM is no more. True: it was the last.
bool note_end(VmSlot& slot, std::uint32_t exit_value, Processor& here) {
  slot.record->exit_value = exit_value;
  slot.record->ended_at = here.hardware.nanoseconds();
  slot.record->state = VmState::kEnded;
  if (slot.restarts_left > 0) {
    --slot.restarts_left;
    slot.record->state = VmState::kWaiting;
    schedule_start(slot, here.hardware.time(), here);
    return false;
  }
  return add_shared(here.monitor.vms_left, ~std::uint64_t{0}) == 1;
}

}  // namespace

void schedule_start(VmSlot& slot, std::uint64_t at, Processor& here) {
  slot.start_at = at;
  VmSlot** place = &here.next_start;
  while (*place != nullptr && (*place)->start_at <= at) place = &(*place)->next_start;
  slot.next_start = *place;
  *place = &slot;
}

bool start_due_vms(Processor& here) {
  bool was_last = false;
  while (here.next_start != nullptr && here.next_start->start_at <= here.hardware.time()) {
    PHASE_MARK(vm_start);
    VmSlot& slot = *here.next_start;
    here.next_start = slot.next_start;
    slot.record->state = VmState::kStarting;
    ++slot.record->starts;
    COUNT_EVENT(here.counters, vm_starts);
    if (make_vm(slot, here)) {
      slot.record->state = VmState::kRunning;
      here.monitor.policy->put(*slot.vcpu, here);
      continue;
    }
    report_failed_start(here, slot.number, slot.why, slot.why_detail);
    unmake_vm(slot, here);
    was_last = note_end(slot, power_value(slot.why.code), here) || was_last;
  }
  return was_last;
}

bool end_vm(Vcpu& vcpu, Processor& here) {
  PHASE_MARK(vm_end);
  VmSlot& slot = vcpu.vm.slot();
  std::uint32_t value = vcpu.vm.devices().power_value();
  if (static_cast<std::uint32_t>(vcpu.stop.code) != 0) {
    ++here.counters.guests_stopped;
    report_stopped_guest(vcpu);
    value = power_value(vcpu.stop.code);
  }
  // Its name never comes again: entries that some TLB still has under it are nobody's.
  unmake_vm(slot, here);
  return note_end(slot, value, here);
}

std::uint32_t final_power_value(const Monitor& monitor) {
  for (unsigned n = 0; n < monitor.vms; ++n) {
    const auto value = static_cast<std::uint32_t>(monitor.slots[n].record->exit_value);
    if (exit_code_of(value) != 0 || monitor.vms == 1) return value;
  }
  return 0;
}

}  // namespace disco
