// One entry into the monitor from a guest, from the machine's registers at that moment to what the
// guest sees of it. handle_trap() is the whole of the monitor's work between entry and exit.
#pragma once

#include <cstdint>
#include <optional>

#include "disco/core/traps/instruction.hpp"
#include "disco/core/vm/vcpu.hpp"
#include "disco/core/vm/vm.hpp"

namespace disco {

/// What trapped, read off the saved registers.
struct Trap {
  ExceptionCode code{};
  bool is_refill = false;  // came through a refill vector
  bool in_slot = false;
  std::uint8_t coprocessor = 0;
  std::uint64_t epc = 0;  // of the branch if in_slot
  VirtAddr bad_vaddr;

  /// The instruction that trapped.
  VirtAddr pc() const { return VirtAddr{epc + (in_slot ? 4 : 0)}; }
};
Trap trap_of(const GuestContext& context, TrapVector vector);

/// Everything a trap asks for, including the delivery of virtual interrupts. kHandled: enter the
/// guest. kYield: it dozes. kStop: vcpu.stop, or the VM's power register, says why. After an
/// interrupt of the machine the caller goes on with what sched/ makes of it.
TrapAnswer handle_trap(Vcpu& vcpu, TrapVector vector);

// ---- its parts, each in a file of its own

/// miss_path.cpp: TLB refill, invalid and modified.
TrapAnswer handle_tlb(Vcpu& vcpu, const Trap& trap);
/// privileged.cpp: Requires: the guest may use coprocessor 0.
TrapAnswer emulate_privileged(Vcpu& vcpu, const Trap& trap);
void emulate_tlbwr(Vcpu& vcpu);
/// device_access.cpp: the trapped load or store, on the device at `at`.
TrapAnswer emulate_device(Vcpu& vcpu, const Trap& trap, PhysAddr at);
/// cp0_registers.cpp: the registers as mfc0 and mtc0 see them.
std::uint64_t read_cp0(Vcpu& vcpu, unsigned number);
TrapAnswer write_cp0(Vcpu& vcpu, unsigned number, std::uint64_t value);
/// exceptions.cpp: puts vcpu.exception, which the instruction at `trap` raised, before the guest
/// kernel.
TrapAnswer deliver_exception(Vcpu& vcpu, const Trap& trap);
/// interrupts.cpp: the machine's interrupts (kYield: another VCPU is to run); the virtual timer, if
/// it is due; what others have posted (kStop: the VM's end);
/// and the virtual interrupts that are due. kYield: the guest dozes and nothing wakes it.
TrapAnswer take_machine_interrupts(Vcpu& vcpu);
void take_due_timer(Vcpu& vcpu);
TrapAnswer take_posts(Vcpu& vcpu);
TrapAnswer deliver_interrupts(Vcpu& vcpu);

/// guest_code.cpp: the instruction at `at`, translated in software. Nothing if the guest's TLB has
/// no valid translation to memory: then the guest must see a fetch miss.
std::optional<Instruction> fetch_mapped(Vcpu& vcpu, VirtAddr at);
/// Fetches a guest's instruction, quickly for a kernel's text in csseg's direct window: nearly all
/// that is ever emulated.
inline std::optional<Instruction> fetch_guest(Vcpu& vcpu, VirtAddr at) {
  const std::uint64_t offset = at.bits() - kCssegWindow;
  const Pmap& pmap = vcpu.vm.pmap();
  if (offset >= kCssegWindowBytes || !at.is_aligned(4)) return fetch_mapped(vcpu, at);
  if (offset / kPageSize >= pmap.pages()) return std::nullopt;
  const FrameWord frame = pmap.window_frame(offset);
  if (!frame.is_present()) return fetch_mapped(vcpu, at);
  return Instruction{vcpu.vm.memory().word(frame.page() + offset % kPageSize)};
}
/// Where the guest continues after the trapped instruction, which must not have changed any
/// register yet.
std::uint64_t resume_address(Vcpu& vcpu, const Trap& trap);

}  // namespace disco
