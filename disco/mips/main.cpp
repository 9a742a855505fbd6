// The monitor on the machine: what the assembly calls. Boot, one trap, and the two ways to end.
#include <new>

#include "common/check.hpp"
#include "disco/core/boot/boot.hpp"
#include "disco/core/boot/fdt.hpp"
#include "disco/core/boot/report.hpp"
#include "disco/core/traps/quick_trap.hpp"
#include "disco/core/traps/trap.hpp"
#include "disco/core/vm/vm.hpp"
#include "disco/mips/cp0_access.hpp"
#include "disco/mips/cpu_page.hpp"
#include "disco/mips/mips_hardware.hpp"
#include "hardware/r10000/segments.hpp"

extern "C" {
extern char _image_end[];
disco::GuestContext* disco_main(std::uint64_t tree);
disco::GuestContext* disco_trap(disco::TrapVector vector);
bool disco_quick_trap();
bool disco_quick_refill();
[[noreturn]] void disco_own_exception(std::uint64_t cause, std::uint64_t bad_vaddr,
                                      std::uint64_t caller);
}

namespace disco {

namespace {

void put_text(const char* s) {
  for (; *s != '\0'; ++s) MipsHardware::raw_put(*s);
}

void put_hex(std::uint64_t value) {
  for (unsigned n = 64; n > 0; n -= 4)
    MipsHardware::raw_put("0123456789abcdef"[value >> (n - 4) & 15]);
}

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

[[noreturn]] void stop(const Vcpu& vcpu) {
  // The last VM ends the machine, with its own exit code or with that of the report.
  const std::uint32_t code = static_cast<std::uint32_t>(vcpu.stop.code);
  if (code == 0) MipsHardware::raw_power(vcpu.vm.devices().power_value());
  ++vcpu.counters.guests_stopped;
  report_stopped_guest(vcpu.hardware, vcpu);
  MipsHardware::raw_power(power_value(vcpu.stop.code));
}

}  // namespace

}  // namespace disco

using namespace disco;

GuestContext* disco_main(std::uint64_t tree) {
  CpuPage& page = this_cpu();
  const MachineMemory memory{reinterpret_cast<std::byte*>(kXkphysCached)};
  const MachineAddr tree_at{tree & kKsegPhysical};
  static_assert(sizeof(MipsHardware) <= sizeof page.hardware_storage);
  page.hardware = new (page.hardware_storage) MipsHardware{tlb_entries(memory, tree_at)};
  page.hardware->tlb_flush();

  const BootInfo info{
      .tree = tree_at,
      .image_end = MachineAddr{reinterpret_cast<std::uint64_t>(_image_end) & kKsegPhysical},
      .prid = read_machine_cp0_32<cp0::kPrId>(),
      .config = read_machine_cp0_32<cp0::kConfig>()};
  const Booted booted = boot(info, memory, *page.hardware, page.counters);
  if (booted.vcpu == nullptr) {
    report_failed_boot(*page.hardware, booted.why, booted.detail);
    MipsHardware::raw_power(power_value(booted.why.code));
  }
  page.vcpu = booted.vcpu;
  page.context = reinterpret_cast<std::uint64_t>(&booted.vcpu->context);
  page.hardware->start_interrupts();
  return &booted.vcpu->context;
}

bool disco_quick_trap() { return quick_trap(*this_cpu().vcpu); }
bool disco_quick_refill() { return quick_refill(*this_cpu().vcpu); }

GuestContext* disco_trap(TrapVector vector) {
  Vcpu& vcpu = *this_cpu().vcpu;
  if (handle_trap(vcpu, vector) == TrapAnswer::kStop) stop(vcpu);
  return &vcpu.context;
}

void disco_own_exception(std::uint64_t cause, std::uint64_t bad_vaddr, std::uint64_t caller) {
  put_text("\ndisco: internal error: exception in the monitor, Cause ");
  put_hex(cause);
  put_text(" BadVAddr ");
  put_hex(bad_vaddr);
  put_text(" last call from ");
  put_hex(caller);
  put_text("\n");
  MipsHardware::raw_power(power_value(StopCode::kMonitorError));
}

// CHECK: a bug of the monitor ends the machine, with a line that says where.
void common::check_failed(const char* condition, const char* file, int line) {
  put_text("\ndisco: internal error: CHECK(");
  put_text(condition);
  put_text(") failed at ");
  put_text(file);
  put_text(":");
  put_hex(static_cast<std::uint64_t>(line));
  put_text("\n");
  MipsHardware::raw_power(power_value(StopCode::kMonitorError));
}

extern "C" [[noreturn]] void __cxa_pure_virtual() {
  common::check_failed("a pure virtual function was called", "", 0);
}
