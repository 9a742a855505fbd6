#include "cpu/debugger.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

namespace cpu {

namespace {

/// Calls part(address, offset, length) for each piece of [at, at + size) that stays within a page,
/// until one fails; returns the bytes done.
template <class Addr, class Part>
std::size_t by_page(Addr at, std::size_t size, Part part) {
  std::size_t done = 0;
  while (done < size) {
    const Addr here = at + done;
    const auto length = std::min<std::size_t>(size - done, kPageSize - here.offset_in(kPageSize));
    if (!part(here, done, length)) break;
    done += length;
  }
  return done;
}

/// What a debugger sees is what kernel mode would: every segment, whatever mode the program is in.
std::optional<PhysAddr> physical_of(const Core& core, VirtAddr va) {
  mmu::AddressSpace space = core.state.address_space();
  space.mode = Mode::kKernel;
  space.kx = true;
  space.sx = true;
  space.ux = true;
  const auto mapped = mmu::translate(core.tlb, space, va, mmu::Access::kLoad);
  if (!mapped) return std::nullopt;
  return mapped->at;
}

}  // namespace

std::uint64_t Debugger::read_register(RegisterClass which, unsigned number) const {
  const Registers& regs = p_.core.state.regs;
  switch (which) {
    case RegisterClass::kGpr: return regs.gpr[number % 32];
    case RegisterClass::kHi: return regs.hi;
    case RegisterClass::kLo: return regs.lo;
    case RegisterClass::kPc: return regs.pc.bits();
    case RegisterClass::kCp0: return p_.cp0.value(number);
    case RegisterClass::kFpr: return regs.fpr[number % 32];
    case RegisterClass::kFcr: return number == 31 ? regs.fcr31 : number == 0 ? kFcr0Value : 0;
    case RegisterClass::kPerformance: return p_.cp0.performance_value(number);
  }
  return 0;
}

void Debugger::write_register(RegisterClass which, unsigned number, std::uint64_t value) {
  Registers& regs = p_.core.state.regs;
  switch (which) {
    case RegisterClass::kGpr:
      if (number % 32 != 0) regs.gpr[number % 32] = value;
      break;
    case RegisterClass::kHi: regs.hi = value; break;
    case RegisterClass::kLo: regs.lo = value; break;
    case RegisterClass::kPc: regs.pc = VirtAddr{value}; break;
    case RegisterClass::kCp0: p_.cp0.set_value(number, value); break;
    case RegisterClass::kFpr: regs.fpr[number % 32] = value; break;
    case RegisterClass::kFcr:
      if (number == 31) regs.fcr31 = static_cast<std::uint32_t>(value) & kFcr31Mask;
      break;
    case RegisterClass::kPerformance:
      p_.cp0.set_performance_value(number, static_cast<std::uint32_t>(value));
      break;
  }
}

std::size_t Debugger::read_virtual(VirtAddr va, std::span<std::byte> out) {
  return by_page(va, out.size(), [&](VirtAddr at, std::size_t offset, std::size_t length) {
    const auto pa = physical_of(p_.core, at);
    return pa && read_physical(*pa, out.subspan(offset, length)) == length;
  });
}

std::size_t Debugger::write_virtual(VirtAddr va, std::span<const std::byte> in) {
  return by_page(va, in.size(), [&](VirtAddr at, std::size_t offset, std::size_t length) {
    const auto pa = physical_of(p_.core, at);
    return pa && write_physical(*pa, in.subspan(offset, length)) == length;
  });
}

std::size_t Debugger::read_physical(PhysAddr pa, std::span<std::byte> out) {
  return by_page(pa, out.size(), [&](PhysAddr at, std::size_t offset, std::size_t length) {
    const auto page = memory_.ram_page(p_.core.config.id, at.aligned_down(kPageSize));
    if (!page) return false;
    std::memcpy(out.data() + offset, page->host + at.offset_in(kPageSize), length);
    return true;
  });
}

std::size_t Debugger::write_physical(PhysAddr pa, std::span<const std::byte> in) {
  return by_page(pa, in.size(), [&](PhysAddr at, std::size_t offset, std::size_t length) {
    const auto page = memory_.ram_page(p_.core.config.id, at.aligned_down(kPageSize));
    if (!page || !page->writable) return false;
    const std::uint64_t in_page = at.offset_in(kPageSize);
    std::memcpy(page->host + in_page, in.data() + offset, length);
    watch_.stored(page->at + in_page, length, nullptr);
    return true;
  });
}

}  // namespace cpu
