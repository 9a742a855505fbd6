#include "disco/core/boot/boot.hpp"

#include <algorithm>
#include <new>

#include "disco/core/boot/requests.hpp"
#include "disco/core/life/life.hpp"
#include "disco/core/mark.hpp"
#include "disco/core/sched/round_robin.hpp"

namespace disco {

namespace {

constexpr std::uint64_t whole_pages(std::uint64_t bytes) {
  return (bytes + kPageSize - 1) & ~(kPageSize - 1);
}

class Booting {
 public:
  Booting(const BootInfo& info, MachineMemory memory, Hardware& hardware)
      : info_{info}, memory_{memory}, hardware_{hardware} {}

  Booted run();

 private:
  // Each step returns false after fail() has said why.
  bool fail(StopCode code, const char* sentence, const char* detail = "");
  bool refused(const Refusal& refusal) {
    return refusal.sentence != nullptr && !fail(refusal.code, refusal.sentence, refusal.detail);
  }
  bool read_trees();
  bool make_node(unsigned node);
  bool make_monitor();
  bool make_slots();

  /// Calls `file(extent)` for every file that the boot loader left.
  template <class F>
  void for_each_file(F file) const;
  /// First multiple of a page at or above `at` where `bytes` meet no file.
  MachineAddr place_beside_files(std::uint64_t at, std::uint64_t bytes) const;
  void* take(std::uint64_t bytes);

  BootInfo info_;
  MachineMemory memory_;
  Hardware& hardware_;
  MachineExtent tree_at_;
  std::optional<Fdt> tree_;
  MachineTree machine_;
  MonitorRequest request_;
  Memmap memmap_;
  Booted booted_;
};

bool Booting::fail(StopCode code, const char* sentence, const char* detail) {
  booted_.why = {code, sentence};
  booted_.detail = detail;
  return false;
}

bool Booting::read_trees() {
  const auto size = Fdt::size_of({memory_.at(info_.tree), 8});
  if (!size || *size > Fdt::kMostBytes)
    return fail(StopCode::kBadMachine, "the boot loader passed no device tree");
  tree_at_ = {info_.tree, *size};
  tree_ = Fdt::open({memory_.at(tree_at_.at), tree_at_.bytes});
  if (!tree_) return fail(StopCode::kBadMachine, "the machine's device tree is damaged");
  if (const char* wrong = read_machine_tree(*tree_, machine_))
    return fail(StopCode::kBadMachine, wrong);
  if (!machine_.contains(tree_at_))
    return fail(StopCode::kBadMachine, "the device tree describes no memory where it lies itself");
  if (refused(read_monitor_request(*tree_, machine_, request_))) return false;
  return !refused(for_each_vm(*tree_, machine_, memory_, [](const VmRequest&) {}));
}

// ---- memory

template <class F>
void Booting::for_each_file(F file) const {
  file(tree_at_);
  for_each_vm(*tree_, machine_, memory_, [&](const VmRequest& vm) {
    for (const MachineExtent& e : {vm.kernel, vm.initrd, vm.tree}) {
      if (!e.is_empty()) file(e);
    }
  });
}

MachineAddr Booting::place_beside_files(std::uint64_t at, std::uint64_t bytes) const {
  at = whole_pages(at);
  for (bool moved = true; moved;) {
    moved = false;
    for_each_file([&](const MachineExtent& f) {
      if (at >= f.end() || f.at.bits() >= at + bytes) return;
      at = whole_pages(f.end());
      moved = true;
    });
  }
  return MachineAddr{at};
}

// The table lies on the node itself, above what the low alias covers.
bool Booting::make_node(unsigned node) {
  const MachineAddr begin{std::uint64_t{node} << hardware::kNodeShift};
  const NodeRam& ram = machine_.ram[node];
  if (ram.count == 0)
    return fail(StopCode::kBadMachine, "the device tree describes no memory for one of the nodes");
  const std::uint64_t own =
      node == 0 ? std::max(info_.image_end.bits(), info_.alias_bytes) : info_.alias_bytes;
  const std::uint64_t pages = (ram.end() - begin.bits() + kPageSize - 1) / kPageSize;
  const std::uint64_t bytes = pages * sizeof(PageInfo) + kPageSize;  // and the NodeMemory itself
  const MachineExtent table{place_beside_files(begin.bits() + own, bytes), bytes};
  if (!ram.contains(table))
    return fail(StopCode::kBadMachine, "there is too little memory for the monitor's tables");
  memory_.zero(table.at, table.bytes);
  auto* infos = memory_.object<PageInfo>(table.at + kPageSize);
  auto* made = new (memory_.at(table.at)) NodeMemory{{infos, pages}, begin};
  for (unsigned n = 0; n < ram.count; ++n)
    made->mark(ram.ranges[n].at, ram.ranges[n].bytes, PageState::kFree);
  made->mark(begin, own, PageState::kMonitor);
  made->mark(table.at, table.bytes, PageState::kMonitor);
  for_each_file([&](const MachineExtent& f) { made->mark(f.at, f.bytes, PageState::kImage); });
  made->open();
  memmap_.add_node(made);
  return true;
}

void* Booting::take(std::uint64_t bytes) {
  const std::uint64_t pages = whole_pages(bytes) / kPageSize;
  const auto at = memmap_.take_for_monitor(0, pages, hardware_);
  if (!at || !memmap_.reserve(pages)) return nullptr;
  memory_.zero(*at, pages * kPageSize);
  return memory_.at(*at);
}

// ---- the monitor's own objects

bool Booting::make_monitor() {
  void* const at = take(sizeof(Monitor) + sizeof(RoundRobin));
  void* const processors = take(machine_.cpus * sizeof(Processor*));
  if (at == nullptr || processors == nullptr)
    return fail(StopCode::kBadMachine, "there is too little memory for the monitor's tables");
  auto* monitor = new (at) Monitor{memory_};
  monitor->policy = new (monitor + 1) RoundRobin;
  monitor->options = request_.options;
  monitor->options.prid = info_.prid;
  monitor->options.config = info_.config;
  monitor->cpus = machine_.cpus;
  monitor->cpus_per_node = machine_.cpus_per_node;
  monitor->processors = static_cast<Processor**>(processors);
  monitor->device_cpu = request_.device_cpu;
  monitor->slice_ticks = request_.slice_ticks;
  monitor->ticks_per_second = machine_.ticks_per_second;
  monitor->always_move = request_.always_move;
  monitor->move_pages = request_.move_pages;
  if (request_.vms > 1) monitor->console.share();
  booted_.monitor = monitor;
  return true;
}

bool Booting::make_slots() {
  Monitor& monitor = *booted_.monitor;
  auto* slots = static_cast<VmSlot*>(take(request_.vms * sizeof(VmSlot)));
  auto* records = static_cast<VmRecord*>(take(request_.vms * sizeof(VmRecord)));
  if (slots == nullptr || records == nullptr)
    return fail(StopCode::kBadMachine, "there is too little memory for the monitor's tables");
  unsigned number = 0;
  for_each_vm(*tree_, machine_, memory_, [&](const VmRequest& request) {
    VmSlot& slot = *new (slots + number) VmSlot;
    slot.record = new (records + number) VmRecord;
    slot.number = number++;
    slot.request = request;
    slot.restarts_left = request.restarts;
  });
  monitor.slots = slots;
  monitor.records = records;
  monitor.vms = request_.vms;
  monitor.vms_left = request_.vms;
  return true;
}

Booted Booting::run() {
  PHASE_MARK(boot);
  bool ready = read_trees();
  for (unsigned node = 0; ready && node < machine_.nodes; ++node) ready = make_node(node);
  ready = ready && make_monitor() && make_slots();
  if (!ready) {
    booted_.monitor = nullptr;
  } else {
    booted_.monitor->memmap = memmap_;
  }
  return booted_;
}

/// The n-th, cyclically, of the CPUs that VM n may run on.
unsigned home_of(const VmSlot& slot, unsigned cpus) {
  unsigned allowed = 0;
  for (unsigned cpu = 0; cpu < cpus; ++cpu) allowed += slot.request.cpus.contains(cpu) ? 1 : 0;
  unsigned left = slot.number % allowed;
  for (unsigned cpu = 0; cpu < cpus; ++cpu) {
    if (slot.request.cpus.contains(cpu) && left-- == 0) return cpu;
  }
  return 0;
}

}  // namespace

Booted boot(const BootInfo& info, MachineMemory memory, Hardware& hardware) {
  return Booting{info, memory, hardware}.run();
}

void schedule_own_vms(Processor& here) {
  const Monitor& monitor = here.monitor;
  for (unsigned n = 0; n < monitor.vms; ++n) {
    VmSlot& slot = monitor.slots[n];
    if (home_of(slot, monitor.cpus) == here.number) schedule_start(slot, slot.request.start, here);
  }
}

}  // namespace disco
