#include "disco/mips/launch.hpp"

#include <new>

#include "common/check.hpp"
#include "disco/core/boot/boot.hpp"
#include "disco/core/boot/fdt.hpp"
#include "disco/core/life/report.hpp"
#include "disco/mips/cp0_access.hpp"
#include "disco/mips/cpu_page.hpp"
#include "disco/mips/mips_hardware.hpp"

extern "C" {
extern char _image_end[], _alias_end[], disco_cpu0_page[];
void disco_secondary_start();
}

namespace disco {

namespace {

/// The machine's tree says how many entries its TLB has; 64 if it does not.
std::uint32_t tlb_entries(MachineMemory memory, MachineAddr tree_at) {
  constexpr std::uint32_t kUsual = 64, kMost = 512;
  const auto size = Fdt::size_of({memory.at(tree_at), 8});
  const auto tree = size ? Fdt::open({memory.at(tree_at), *size}) : std::nullopt;
  const auto cpu = tree ? tree->find("/cpus/cpu@0") : std::nullopt;
  const auto entries = cpu ? tree->number(*cpu, "disco,tlb-entries") : std::nullopt;
  return entries && *entries >= 8 && *entries <= kMost ? static_cast<std::uint32_t>(*entries)
                                                       : kUsual;
}

/// A symbol of the image as a machine address.
MachineAddr machine_address(const void* symbol) {
  return MachineAddr{reinterpret_cast<std::uint64_t>(symbol) & kKsegPhysical};
}

/// A CPU's page and stack, on its node; CPU 0's are in the image.
CpuPage* make_page(Monitor& monitor, unsigned cpu, MachineMemory memory) {
  if (cpu == 0) return memory.object<CpuPage>(machine_address(disco_cpu0_page));
  constexpr std::uint64_t kPages = (PAGE_BYTES + PAGE_STACK_BYTES) / kPageSize;
  const unsigned node = cpu / monitor.cpus_per_node;
  const auto at = monitor.memmap.take_for_monitor(node, kPages, *this_cpu().hardware);
  CHECK(at && monitor.memmap.reserve(kPages));
  memory.zero(*at, PAGE_BYTES);
  auto* const page = memory.object<CpuPage>(*at);
  page->stack = reinterpret_cast<std::uint64_t>(page) + PAGE_BYTES + PAGE_STACK_BYTES;
  return page;
}

/// What lies in the page; it refers to the page by the address at which its own CPU finds it.
void make_processor(Monitor& monitor, unsigned cpu, CpuPage& page, std::uint32_t tlb_entries) {
  CpuPage& own = this_cpu();
  static_assert(sizeof(MipsHardware) <= sizeof page.hardware_storage);
  static_assert(sizeof(Processor) <= sizeof page.processor_storage);
  const unsigned node = cpu / monitor.cpus_per_node;
  if (cpu != 0) {
    new (page.hardware_storage) MipsHardware{tlb_entries, node, monitor.cpus_per_node};
    page.hardware = reinterpret_cast<MipsHardware*>(own.hardware_storage);
  }
  auto& hardware = *reinterpret_cast<MipsHardware*>(own.hardware_storage);
  monitor.processors[cpu] = new (page.processor_storage)
      Processor{monitor, hardware, own.counters, cpu, node, own.running};
  page.processor = reinterpret_cast<Processor*>(own.processor_storage);
}

void make_directory(const Monitor& monitor, const MachineMemory& memory, std::uint64_t* pages) {
  this_cpu().directory = {.cpus = monitor.cpus,
                          .pages = memory.address_of(pages),
                          .records = memory.address_of(monitor.records),
                          .vms = monitor.vms};
}

/// The other CPUs, on copies of the text on their nodes.
void start_others(Monitor& monitor, const MachineMemory& memory, std::uint32_t tlb_entries) {
  const auto bytes = machine_address(_alias_end).bits();
  const auto table = monitor.memmap.take_for_monitor(
      0, (monitor.cpus * sizeof(std::uint64_t) + kPageSize - 1) / kPageSize, *this_cpu().hardware);
  CHECK(table);
  auto* const pages = memory.object<std::uint64_t>(*table);
  for (unsigned cpu = 0; cpu < monitor.cpus; ++cpu) {
    CpuPage* const page = make_page(monitor, cpu, memory);
    make_processor(monitor, cpu, *page, tlb_entries);
    pages[cpu] = memory.address_of(page).bits();
  }
  make_directory(monitor, memory, pages);
  for (unsigned node = 1; node < monitor.memmap.nodes(); ++node)
    MipsHardware::copy_text_to(node, bytes, monitor.cpus_per_node);
  for (unsigned cpu = 1; cpu < monitor.cpus; ++cpu) {
    auto* const page = memory.object<CpuPage>(MachineAddr{pages[cpu]});
    this_cpu().hardware->launch(cpu, reinterpret_cast<std::uint64_t>(&disco_secondary_start),
                                page->stack, reinterpret_cast<std::uint64_t>(page));
  }
}

}  // namespace

void start_monitor(MachineAddr tree) {
  CpuPage& page = this_cpu();
  const MachineMemory memory{reinterpret_cast<std::byte*>(kXkphysCached)};
  const std::uint32_t entries = tlb_entries(memory, tree);
  page.hardware = new (page.hardware_storage) MipsHardware{entries, 0, 1};
  page.hardware->tlb_flush();

  const BootInfo info{.tree = tree,
                      .image_end = machine_address(_image_end),
                      .alias_bytes = machine_address(_alias_end).bits(),
                      .prid = read_machine_cp0_32<cp0::kPrId>(),
                      .config = read_machine_cp0_32<cp0::kConfig>()};
  const Booted booted = boot(info, memory, *page.hardware);
  if (booted.monitor == nullptr) {
    report_failed_boot(*page.hardware, booted.why, booted.detail);
    MipsHardware::raw_power(power_value(booted.why.code));
  }
  Monitor& monitor = *booted.monitor;
  page.hardware = new (page.hardware_storage) MipsHardware{entries, 0, monitor.cpus_per_node};
  start_others(monitor, memory, entries);
}

}  // namespace disco
