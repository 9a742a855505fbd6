#include "disco/core/traps/quick_trap.hpp"

#include "disco/core/mark.hpp"
#include "disco/core/traps/branch.hpp"
#include "disco/core/traps/trap.hpp"
#include "disco/core/vm/plain_registers.hpp"

namespace disco {

namespace {

// Instruction words by their upper eleven bits, and eret whole.
constexpr std::uint32_t kMfc0 = 0x200, kDmfc0 = 0x201, kMtc0 = 0x204, kDmtc0 = 0x205;
constexpr std::uint32_t kEret = 0x42000018, kTlbwr = 0x42000006;

constexpr bool is_saved(unsigned gpr) { return (kUnsavedRegisters >> gpr & 1) == 0; }

// What happens in every handler several times is in line, what happens once is not: the way of a
// plain move must not pay for the registers that the others need.
[[gnu::always_inline]] inline bool quick_read(Vcpu& vcpu, Instruction i, bool narrow) {
  const unsigned number = i.rd();
  if ((i.word & 0x7ff) != 0 || !is_saved(i.rt())) return false;
  if (!is_plain_read(number) && number != cp0::kCause) return false;
  OPERATION_MARK(op_mfc0);
  PHASE_MARK(privileged);
  ++vcpu.counters.emulated_mfc0;
  const std::uint64_t value = number == cp0::kCause ? vcpu.cause() : vcpu.cp0.values[number];
  if (i.rt() != 0) vcpu.context.gpr[i.rt()] = narrow ? sign_extended_word(value) : value;
  return true;
}

/// Whether the guest may run under this Status without more ado: a mode that exists, and no
/// interrupt that would be due.
bool is_quiet(const Vcpu& vcpu, std::uint64_t value) {
  using namespace status;
  const std::uint64_t mode = value & (kErl | kExl | kKsu);
  if (mode == kKsuSupervisor << kKsuShift) return false;
  if ((value & (kIe | kExl)) != kIe) return true;
  return (vcpu.cause() & value & cause::kIp) == 0;
}

[[gnu::noinline]] bool quick_write_status(Vcpu& vcpu, std::uint64_t value) {
  using namespace status;
  const std::uint64_t old = vcpu.cp0[cp0::kStatus];
  value &= kWritable;
  constexpr std::uint64_t kRare = kRe | kBev | kErl | kKx | kSx;
  if (((old | value) & (kRe | kBev | kErl)) != 0 || ((old ^ value) & kRare) != 0) return false;
  if (!is_quiet(vcpu, value)) return false;
  OPERATION_MARK(op_mtc0_status);
  if ((value & kExl) == 0) vcpu.nested_exceptions = 0;
  vcpu.cp0[cp0::kStatus] = value;
  vcpu.refresh();
  return true;
}

[[gnu::always_inline]] inline bool quick_write(Vcpu& vcpu, Instruction i, bool narrow) {
  const unsigned number = i.rd();
  if ((i.word & 0x7ff) != 0 || !is_saved(i.rt())) return false;
  PHASE_MARK(privileged);
  const std::uint64_t rt = vcpu.context.gpr[i.rt()];
  const std::uint64_t value = narrow ? sign_extended_word(rt) : rt;
  if (is_plain_write(number)) {
    OPERATION_MARK(op_mtc0);
    std::uint64_t& stored = vcpu.cp0.values[number];
    stored = plain_written(number, stored, value);
  } else if (number == cp0::kEntryHi) {
    OPERATION_MARK(op_mtc0_entry_hi);
    vcpu.cp0[cp0::kEntryHi] = value & entry_hi::kWritable;
    vcpu.context.entry_hi = value & entry_hi::kAsid;
  } else if (number != cp0::kStatus || !quick_write_status(vcpu, value)) {
    return false;
  }
  ++vcpu.counters.emulated_mtc0;
  return true;
}

[[gnu::noinline]] bool quick_eret(Vcpu& vcpu) {
  const std::uint64_t status = vcpu.cp0[cp0::kStatus];
  const std::uint64_t after = status & ~status::kExl;
  if ((status & status::kErl) != 0 || !is_quiet(vcpu, after)) return false;
  OPERATION_MARK(op_eret);
  PHASE_MARK(privileged);
  ++vcpu.counters.emulated_eret;
  vcpu.nested_exceptions = 0;
  vcpu.cp0[cp0::kStatus] = after;
  vcpu.context.pc = vcpu.cp0[cp0::kEpc];
  vcpu.refresh();
  return true;
}

[[gnu::noinline]] bool quick_tlbwr(Vcpu& vcpu) {
  emulate_tlbwr(vcpu);
  return true;
}

/// Everything but eret, which goes elsewhere afterwards.
[[gnu::always_inline]] inline bool quick_instruction(Vcpu& vcpu, Instruction i) {
  switch (i.word >> 21) {
    case kMfc0: return quick_read(vcpu, i, true);
    case kDmfc0: return quick_read(vcpu, i, false);
    case kMtc0: return quick_write(vcpu, i, true);
    case kDmtc0: return quick_write(vcpu, i, false);
    default: return i.word == kTlbwr && quick_tlbwr(vcpu);
  }
}

/// An instruction of a kernel's text in csseg's direct window; 0, which no privileged instruction
/// is, if `pc` is not there.
[[gnu::always_inline]] inline Instruction quick_fetch(const Vcpu& vcpu, std::uint64_t pc) {
  const std::uint64_t offset = pc - kCssegWindow;
  const Pmap& pmap = vcpu.vm.pmap();
  if (offset >= kCssegWindowBytes || offset % 4 != 0 || offset / kPageSize >= pmap.pages())
    return {};
  const FrameWord frame = pmap.window_frame(offset);
  if (!frame.is_present()) return {};
  return Instruction{vcpu.vm.memory().word(frame.page() + offset % kPageSize)};
}

/// The same in a delay slot, if the branch asks only for registers that are saved.
[[gnu::noinline]] bool quick_slot(Vcpu& vcpu, std::uint64_t pc) {
  const Instruction branch = quick_fetch(vcpu, pc), i = quick_fetch(vcpu, pc + 4);
  if (is_fpu_branch(branch) || !is_saved(branch.rs()) || !is_saved(branch.rt())) return false;
  const auto next = after_delay_slot(branch, pc, vcpu.context, 0);
  if (!next || i.word == kEret || !quick_instruction(vcpu, i)) return false;
  vcpu.context.pc = *next;
  return true;
}

[[gnu::noinline]] bool quick_syscall(Vcpu& vcpu) {
  // With EXL set it is one of a nest, which deliver_exception() may have to end.
  if (vcpu.cp0.has(status::kExl)) return false;
  OPERATION_MARK(op_syscall);
  ++vcpu.counters.traps_syscall;
  vcpu.reflect_plain(ExceptionCode::kSys);
  deliver_exception(vcpu, trap_of(vcpu.context, TrapVector::kGeneral));
  return true;
}

}  // namespace

bool quick_trap(Vcpu& vcpu) {
  constexpr std::uint64_t kFields = cause::kCe | cause::kExcCode;
  constexpr auto kPrivileged = static_cast<std::uint64_t>(ExceptionCode::kCpU)
                               << cause::kExcCodeShift;
  constexpr auto kSyscall = static_cast<std::uint64_t>(ExceptionCode::kSys) << cause::kExcCodeShift;
  const std::uint64_t why = vcpu.context.cause & kFields;
  if (why != kPrivileged) return why == kSyscall && quick_syscall(vcpu);
  if (vcpu.cp0.mode() != GuestMode::kKernel) return false;
  PHASE_MARK(decode);
  const std::uint64_t pc = vcpu.context.pc;
  bool done = false;
  if ((vcpu.context.cause & cause::kBd) != 0) {
    done = quick_slot(vcpu, pc);
  } else {
    const Instruction i = quick_fetch(vcpu, pc);
    if (i.word == kEret) {
      done = quick_eret(vcpu);
    } else if (quick_instruction(vcpu, i)) {
      vcpu.context.pc = pc + 4;
      done = true;
    }
  }
  if (done) ++vcpu.counters.traps_privileged;
  return done;
}

bool quick_refill(Vcpu& vcpu) {
  OPERATION_MARK(op_refill);
  const Trap trap = trap_of(vcpu.context, TrapVector::kRefill);
  const bool is_fetch = trap.code == ExceptionCode::kTlbL && trap.bad_vaddr == trap.pc();
  const VirtAddr va = vcpu.compared_address(trap.bad_vaddr, is_fetch);
  if (classify(va, vcpu.cp0.space()).region != GuestRegion::kMapped) return false;
  if (vcpu.tlb.find(va, vcpu.cp0.asid()).entry != nullptr) return false;
  if (vcpu.cp0.has(status::kExl)) return false;  // may be one too many: deliver_exception() counts
  Counters& c = vcpu.counters;
  ++c.traps_tlb;
  ++c.refills_slow;
  ++c.refills_reflected;
  vcpu.reflect_tlb(trap.code, trap.bad_vaddr, true);
  vcpu.exception.compared = va;
  // Without EXL set before, and with it after, nothing is due and nothing stops the guest.
  deliver_exception(vcpu, trap);
  return true;
}

}  // namespace disco
