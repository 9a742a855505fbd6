// A guest's load or store that hit a page of its I/O window, carried out on the virtual devices.
#include "disco/core/mark.hpp"
#include "disco/core/traps/trap.hpp"
#include "disco/core/vm/vm.hpp"

namespace disco {

namespace {

std::uint64_t extended(std::uint64_t value, const MemoryAccess& access) {
  const unsigned unused = 64 - 8 * access.size;
  if (access.kind == MemoryAccess::Kind::kLoadUnsigned) return value << unused >> unused;
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(value << unused) >> unused);
}

TrapAnswer store(Vcpu& vcpu, PhysAddr at, unsigned size, std::uint64_t value, std::uint64_t next) {
  EVENT_MARK(emulated_device);
  switch (vcpu.vm.devices().write(at, size, value)) {
    case DeviceEffect::kBusError: return vcpu.reflect_plain(ExceptionCode::kDbe);
    case DeviceEffect::kPower: return TrapAnswer::kStop;
    case DeviceEffect::kDoze: vcpu.is_dozing = true; break;
    case DeviceEffect::kNone: break;
  }
  vcpu.context.pc = next;
  return TrapAnswer::kHandled;
}

}  // namespace

TrapAnswer emulate_device(Vcpu& vcpu, const Trap& trap, PhysAddr at) {
  OPERATION_MARK(op_device);
  PHASE_MARK(decode);
  const auto instruction = fetch_guest(vcpu, trap.pc());
  if (!instruction) return vcpu.reflect_tlb(ExceptionCode::kTlbL, trap.pc(), true);
  const MemoryAccess access = memory_access(*instruction);
  const std::uint64_t named = vcpu.context.gpr[instruction->rs()] + instruction->immediate();
  // The instruction in memory must be the one that trapped, and devices answer to plain loads and
  // stores only.
  if (access.kind == MemoryAccess::Kind::kNone || named != trap.bad_vaddr.bits() ||
      !at.is_aligned(access.size)) {
    return vcpu.reflect_plain(ExceptionCode::kDbe);
  }
  const std::uint64_t next = resume_address(vcpu, trap);
  PHASE_MARK(device);
  ++vcpu.counters.emulated_device;
  std::uint64_t& rt = vcpu.context.gpr[instruction->rt()];
  if (access.kind == MemoryAccess::Kind::kStore) return store(vcpu, at, access.size, rt, next);
  EVENT_MARK(emulated_device);
  const auto value = vcpu.vm.devices().read(at, access.size);
  if (!value) return vcpu.reflect_plain(ExceptionCode::kDbe);
  if (instruction->rt() != 0) rt = extended(*value, access);
  vcpu.context.pc = next;
  return TrapAnswer::kHandled;
}

}  // namespace disco
