// A CPU of the machine as the monitor sees it: what runs on it, what waits for it, whose entries
// its TLB has. On the machine it lies in the per-CPU page, so `Processor&` means the CPU that
// executes; other CPUs reach it through Monitor::processors.
#pragma once

#include <cstdint>

#include "disco/core/counters.hpp"
#include "disco/core/hardware.hpp"
#include "disco/core/memory/atomic.hpp"
#include "disco/core/vm/mailbox.hpp"

namespace disco {

struct Monitor;
struct Vcpu;
struct VmSlot;

/// A VCPU at one start of its VM, in one word: (VM + 1) << 48 | VCPU << 32 | start. 0: none. The
/// host reads it too.
struct VcpuName {
  std::uint64_t bits = 0;
  static constexpr VcpuName of(std::uint64_t vm, std::uint64_t vcpu, std::uint32_t start) {
    return {(vm + 1) << 48 | vcpu << 32 | start};
  }
  constexpr bool is_of_same_vm(VcpuName o) const {
    return bits >> 48 == o.bits >> 48 &&
           static_cast<std::uint32_t>(bits) == static_cast<std::uint32_t>(o.bits);
  }
  constexpr bool operator==(const VcpuName&) const = default;
};

/// VCPUs in a row; a lock around it is the owner's.
struct VcpuList {
  Vcpu* first = nullptr;
  Vcpu* last = nullptr;
  std::uint64_t count = 0;

  void insert_before(Vcpu* place, Vcpu& vcpu);  // nullptr: at the end
  void remove(Vcpu& vcpu);
};

struct Processor {
  Processor(Monitor& monitor, Hardware& hardware, Counters& counters, unsigned number,
            unsigned node, std::uint64_t& running_name)
      : monitor{monitor},
        hardware{hardware},
        counters{counters},
        number{number},
        node{node},
        running_name{running_name} {}

  Monitor& monitor;
  Hardware& hardware;
  Counters& counters;
  unsigned number;
  unsigned node;
  std::uint64_t& running_name;  // VcpuName of `running`, for the host

  Vcpu* running = nullptr;
  std::uint64_t slice_end = kNever;  // machine time; kNever: nobody else wants the CPU
  bool wants_switch = false;         // the slice is over, or a VM is to be started here
  std::uint64_t others_at = kNever;  // machine time of the next event that is not `running`'s
  std::uint64_t fpu_holder = 0;      // VcpuName whose registers the FPU has
  std::uint64_t draws = 0;           // of disturb_pages()
  std::uint64_t tlb_owner = 0;       // VcpuName whose entries the real TLB has; shared
  Mailbox mailbox;

  SpinLock queue_lock;  // of the two lists and of what VCPUs in them say of their place
  VcpuList runnable;
  VcpuList parked;               // by wake_at()
  VmSlot* next_start = nullptr;  // VMs whose home this is and that wait, by their time

  static constexpr std::uint64_t kNever = ~std::uint64_t{0};

  VcpuName owner() const { return {read_shared(tlb_owner)}; }

  /// What the machine's interrupts ask for: requests of other CPUs, input, VCPUs and VMs whose time
  /// has come, the end of the slice.
  void take_interrupts();
  [[gnu::noinline]] void serve_mailbox();
  /// Sets the machine's timer for the earliest event of this CPU.
  void set_timer();
  /// VCPUs whose time has come become runnable; what comes next is others_at.
  void look_at_time();
};

/// Tells a VCPU something (bits of post), wherever it is; if it dozes it becomes runnable.
void post_to(Vcpu& vcpu, std::uint64_t bits, Processor& by);
/// The same for the VM in a slot, if there is one.
void post_to(VmSlot& slot, std::uint64_t bits, Processor& by);

}  // namespace disco
