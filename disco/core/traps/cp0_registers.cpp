// The virtual CP0 registers as mfc0 and mtc0 see them: which bits exist, and what writing does
// (R10000 UM 14): the registers that do something. The others are in plain_registers.hpp.
#include "disco/core/mark.hpp"
#include "disco/core/traps/trap.hpp"
#include "disco/core/vm/plain_registers.hpp"
#include "disco/core/vm/vm.hpp"

namespace disco {

namespace {

void write_count(Vcpu& vcpu, std::uint32_t value) {
  // A Compare that has passed but not yet interrupted belongs to the old Count.
  take_due_timer(vcpu);
  vcpu.cp0.count_offset = value - static_cast<std::uint32_t>(vcpu.hardware.time());
  vcpu.cp0.time_seen = value;
  vcpu.set_deadline();
}

// Emulation makes the guest slow: what it set for soon after the time it last saw may have passed
// by now. It would wait for a full turn of Count; instead it gets its interrupt at once.
void write_compare(Vcpu& vcpu, std::uint32_t value) {
  vcpu.cp0[cp0::kCompare] = value;
  vcpu.cp0[cp0::kCause] &= ~cause::kIpTimer;
  vcpu.set_deadline();
  const std::uint32_t now = vcpu.count();
  const std::uint32_t ahead_then = value - vcpu.cp0.time_seen;
  const std::uint32_t elapsed = now - vcpu.cp0.time_seen;
  constexpr std::uint32_t kHalfTurn = 0x80000000;
  if (elapsed < kHalfTurn && ahead_then != 0 && ahead_then <= elapsed)
    vcpu.cp0[cp0::kCause] |= cause::kIpTimer;
}

}  // namespace

std::uint64_t read_cp0(Vcpu& vcpu, unsigned number) {
  switch (number) {
    case cp0::kRandom: return vcpu.tlb.random();
    case cp0::kWired: return vcpu.tlb.wired();
    case cp0::kCount: return vcpu.cp0.time_seen = vcpu.count();
    case cp0::kCause: return vcpu.cause();
    default: return vcpu.cp0.values[number];
  }
}

TrapAnswer write_cp0(Vcpu& vcpu, unsigned number, std::uint64_t value) {
  VirtualCp0& cp0 = vcpu.cp0;
  const auto low = static_cast<std::uint32_t>(value);
  switch (number) {
    case cp0::kStatus: {
      OPERATION_MARK(op_mtc0_status);
      return vcpu.set_status(value & status::kWritable);
    }
    case cp0::kEntryHi: {
      OPERATION_MARK(op_mtc0_entry_hi);
      cp0[cp0::kEntryHi] = value & entry_hi::kWritable;
      vcpu.refresh();
      break;
    }
    case cp0::kCause:
      cp0[cp0::kCause] = (cp0[cp0::kCause] & ~cause::kIpSoftware) | (value & cause::kIpSoftware);
      break;
    case cp0::kCount: {
      OPERATION_MARK(op_mtc0_timer);
      write_count(vcpu, low);
      break;
    }
    case cp0::kCompare: {
      OPERATION_MARK(op_mtc0_timer);
      write_compare(vcpu, low);
      break;
    }
    case cp0::kWired: vcpu.tlb.set_wired(low); break;
    default: {
      std::uint64_t& stored = cp0.values[number];
      stored = plain_written(number, stored, value);
      break;
    }
  }
  return TrapAnswer::kHandled;
}

}  // namespace disco
