// The monitor on the machine: what the assembly calls. Boot, one trap, and the two ways to end.
#include "common/check.hpp"
#include "disco/core/boot/boot.hpp"
#include "disco/core/life/life.hpp"
#include "disco/core/life/report.hpp"
#include "disco/core/sched/dispatch.hpp"
#include "disco/core/traps/quick_trap.hpp"
#include "disco/core/traps/trap.hpp"
#include "disco/core/vm/vm.hpp"
#include "disco/mips/cpu_page.hpp"
#include "disco/mips/launch.hpp"
#include "disco/mips/mips_hardware.hpp"
#include "hardware/r10000/segments.hpp"

extern "C" {
disco::GuestContext* disco_main(std::uint64_t tree);
disco::GuestContext* disco_secondary();
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

/// What the monitor says of its own failure is nobody else's, whoever holds the console.
void begin_failure() {
  const CpuPage& page = this_cpu();
  if (page.processor == nullptr || !page.processor->monitor.console.is_shared()) return;
  for (const char c : {Console::kEscape, Console::kSelect, '\xff', '\xff'})
    MipsHardware::raw_put(c);
}

void put_hex(std::uint64_t value) {
  for (unsigned n = 64; n > 0; n -= 4)
    MipsHardware::raw_put("0123456789abcdef"[value >> (n - 4) & 15]);
}

/// Enters what is to run next on this CPU; the machine ends if there will be nothing any more.
GuestContext* run_next(TrapAnswer answer) {
  CpuPage& page = this_cpu();
  Vcpu* const vcpu = dispatch(*page.processor, answer);
  if (vcpu == nullptr) MipsHardware::raw_power(final_power_value(page.processor->monitor));
  page.vcpu = vcpu;
  page.context = reinterpret_cast<std::uint64_t>(&vcpu->context);
  return &vcpu->context;
}

GuestContext* run_first() {
  CpuPage& page = this_cpu();
  if (page.processor->number == page.processor->monitor.device_cpu)
    page.hardware->start_interrupts();
  schedule_own_vms(*page.processor);
  return run_next(TrapAnswer::kHandled);
}

}  // namespace

}  // namespace disco

using namespace disco;

GuestContext* disco_main(std::uint64_t tree) {
  start_monitor(MachineAddr{tree & kKsegPhysical});
  return run_first();
}

GuestContext* disco_secondary() {
  MipsHardware& hardware = *this_cpu().hardware;
  hardware.tlb_flush();
  hardware.set_clock(this_cpu().processor->monitor.ticks_per_second);
  return run_first();
}

bool disco_quick_trap() { return quick_trap(*this_cpu().vcpu); }
bool disco_quick_refill() { return quick_refill(*this_cpu().vcpu); }

GuestContext* disco_trap(TrapVector vector) {
  Vcpu& vcpu = *this_cpu().vcpu;
  const TrapAnswer answer = handle_trap(vcpu, vector);
  return answer == TrapAnswer::kHandled ? &vcpu.context : run_next(answer);
}

void disco_own_exception(std::uint64_t cause, std::uint64_t bad_vaddr, std::uint64_t caller) {
  begin_failure();
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
  begin_failure();
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
