// A virtual CPU: the guest's registers, its virtual CP0, TLB, FPU and timer. Plain state with the
// few derivations that several of the emulation's parts need.
//
// Invariant: between traps, context.status and context.entry_hi are what refresh() computes from
// the virtual registers (docs/monitor.md).
#pragma once

#include <cstdint>

#include "disco/core/counters.hpp"
#include "disco/core/hardware.hpp"
#include "disco/core/memory/atomic.hpp"
#include "disco/core/tlb/guest_tlb.hpp"
#include "disco/core/vm/guest_context.hpp"
#include "disco/core/vm/processor.hpp"
#include "disco/core/vm/stop_reason.hpp"
#include "disco/core/vm/virtual_cp0.hpp"
#include "hardware/board/interrupts.hpp"
#include "hardware/r10000/exceptions.hpp"

namespace disco {

class Vm;

/// What the monitor did about a trap.
enum class TrapAnswer : std::uint8_t {
  kHandled,  // the guest goes on where its context says
  kReflect,  // Vcpu::exception is to be delivered to the guest kernel
  kYield,    // this VCPU dozes or has had its slice: another may run
  kStop,     // Vcpu::stop says why this guest cannot go on
};

/// An exception for the guest kernel.
struct GuestException {
  ExceptionCode code{};
  bool is_refill = false;   // through a refill vector, if the virtual EXL allows
  bool is_tlb = false;      // sets Context, XContext and EntryHi besides BadVAddr
  bool is_address = false;  // sets BadVAddr
  std::uint8_t coprocessor = 0;
  VirtAddr bad_vaddr;
  VirtAddr compared;  // the address as the TLB compares it (Vcpu::compared_address)
};

/// What the monitor itself wants to be interrupted by: devices, other CPUs, the timer.
inline constexpr std::uint64_t kMonitorIm = cause::kIpDevice | cause::kIpIpi | cause::kIpTimer;

/// Where a VCPU is in the scheduler's eyes.
enum class VcpuState : std::uint64_t { kRunning, kRunnable, kParked };

/// What others have to tell a VCPU: bits of Vcpu::posted.
namespace post {
inline constexpr std::uint64_t kInput = 1, kStop = 2;
}

struct Vcpu {
  /// All references outlive this. `processor` means the CPU that executes.
  Vcpu(Vm& vm, Processor& processor, const GuestTlb::Setup& tlb, Pmap& pmap)
      : vm{vm},
        processor{processor},
        hardware{processor.hardware},
        counters{processor.counters},
        tlb{tlb, pmap, processor.hardware, processor.counters} {}

  GuestContext context;  // first: the entry assembly knows it by the Vcpu's address
  Vm& vm;
  Processor& processor;
  Hardware& hardware;
  Counters& counters;
  VirtualCp0 cp0;
  GuestTlb tlb;
  FpuState fpu;

  GuestException exception;        // of kReflect
  StopReason stop;                 // of kStop
  unsigned nested_exceptions = 0;  // since the virtual EXL was last clear
  bool owns_fpu = false;
  bool is_dozing = false;

  // ---- between CPUs. `state`, `queue_cpu` and the links are under the lock of that CPU's queues.
  VcpuName name;
  VcpuState state = VcpuState::kRunning;
  unsigned queue_cpu = 0;     // in whose lists it is, or where it runs
  unsigned tlb_cpu = kNoCpu;  // where it ran last: that real TLB may be up to date
  Vcpu* next = nullptr;
  Vcpu* previous = nullptr;
  std::uint64_t posted = 0;  // shared
  /// Machine time at which virtual Count reaches Compare.
  std::uint64_t deadline = Processor::kNever;
  std::uint64_t left_at = 0;  // machine time when it left a CPU

  std::uint64_t stop_at = Processor::kNever;  // machine time at which its VM is stopped
  bool had_fpu = false;                       // when it left fpu_cpu
  unsigned fpu_cpu = kNoCpu;

  static constexpr unsigned kNoCpu = ~0u;

  /// Machine time at which something of it is due though it dozes.
  std::uint64_t wake_at() const { return deadline < stop_at ? deadline : stop_at; }

  /// Virtual Count, now.
  std::uint32_t count() { return static_cast<std::uint32_t>(hardware.time()) + cp0.count_offset; }
  /// Sets `deadline` by Compare, and the machine's timer.
  void set_deadline();

  /// Status and EntryHi of the machine while this guest runs, and what the assembly path may do,
  /// from the virtual registers. After every change of virtual Status or EntryHi.
  void refresh();
  /// Changes the virtual Status and all that hangs on it. kStop if the guest then is in a mode that
  /// the monitor does not provide.
  TrapAnswer set_status(std::uint64_t value);

  /// Virtual Cause with the interrupt lines as they are.
  std::uint64_t cause() const;
  /// An interrupt that the virtual Status.IM enables is pending, whatever IE, EXL and ERL say.
  bool has_unmasked_interrupt() const;
  bool interrupt_is_due() const;

  /// The address that a TLB compares: data references of 32-bit user programs have no upper half
  /// (R10000 UM 16.3).
  VirtAddr compared_address(VirtAddr va, bool is_fetch) const {
    const bool narrow = !is_fetch && !cp0.has(status::kUx) && cp0.mode() == GuestMode::kUser;
    return narrow ? VirtAddr{va.bits() & 0xffffffff} : va;
  }

  // Name the exception to deliver; kReflect.
  TrapAnswer reflect_tlb(ExceptionCode code, VirtAddr va, bool is_refill) {
    exception.code = code;
    exception.is_refill = is_refill;
    exception.is_tlb = true;
    exception.is_address = true;
    exception.coprocessor = 0;
    exception.bad_vaddr = va;
    exception.compared = va;
    return TrapAnswer::kReflect;
  }
  TrapAnswer reflect_address(ExceptionCode code, VirtAddr va) {
    reflect_tlb(code, va, false);
    exception.is_tlb = false;
    return TrapAnswer::kReflect;
  }
  TrapAnswer reflect_plain(ExceptionCode code) {
    reflect_address(code, VirtAddr{});
    exception.is_address = false;
    return TrapAnswer::kReflect;
  }
  TrapAnswer stop_guest(StopCode code, const char* sentence);

  /// Tells the assembly miss path what it may serve. After TLB writes, and what set_status() calls
  /// for.
  void publish_miss_view();
  /// After whatever may have flushed the L2TLB.
  void publish_l2_salt() { context.miss_view.l2_salt = tlb.l2tlb().salt(); }

  /// Whether the assembly miss path may be used at all.
  bool fast_miss_enabled = true;
  /// The guest has used xsseg's window.
  bool uses_wide_window = false;
  /// Whether that path is to look further than 4 KB pages and csseg.
  bool asks_more() const { return uses_wide_window || tlb.has_fast_large_entries(); }
};

inline void Vcpu::refresh() {
  using namespace status;
  const bool kernel = cp0.mode() == GuestMode::kKernel;
  std::uint64_t real = kIe | kMonitorIm | kKx | (cp0[cp0::kStatus] & (kUx | kXx | kFr | kCu2));
  real |= (kernel ? kKsuSupervisor : kKsuUser) << kKsuShift;
  // A kernel has 64-bit operations whatever KX says, a supervisor by SX. It then sees xuseg by UX,
  // where a kernel needs KX too, and has nothing behind useg with ERL.
  if (kernel) real |= kSx;
  if (kernel && (cp0[cp0::kStatus] & (kKx | kErl)) != kKx) real &= ~kUx;
  if (cp0.has(kCu1) && owns_fpu) real |= kCu1;
  context.status = real;
  context.entry_hi = cp0[cp0::kEntryHi] & entry_hi::kAsid;
}

}  // namespace disco
