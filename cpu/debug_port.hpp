// What a debugger needs of a processor (the gdb stub in cli/, and tests). Nothing here counts as
// execution: no counters, no events, no TLB or link side effects.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "common/address.hpp"

namespace cpu {
using namespace common;

/// CP0 registers by number (R10000 UM 14); FPRs are raw 64-bit. kPerformance: what CP0 register 25
/// stands for, as control 0, counter 0, control 1, counter 1.
enum class RegisterClass : std::uint8_t { kGpr, kHi, kLo, kPc, kCp0, kFpr, kFcr, kPerformance };

class DebugPort {
 public:
  virtual ~DebugPort() = default;

  virtual std::uint64_t read_register(RegisterClass which, unsigned number) const = 0;
  /// CP0 writes obey the registers' write masks but reach read-only bits of Cause and Status too.
  virtual void write_register(RegisterClass which, unsigned number, std::uint64_t value) = 0;

  /// Memory through the current address space as a privileged reader (kernel segments are visible
  /// in any mode). Returns the number of bytes transferred before the first address that is not
  /// mapped RAM.
  virtual std::size_t read_virtual(VirtAddr va, std::span<std::byte> out) = 0;
  virtual std::size_t write_virtual(VirtAddr va, std::span<const std::byte> in) = 0;
  virtual std::size_t read_physical(PhysAddr pa, std::span<std::byte> out) = 0;
  virtual std::size_t write_physical(PhysAddr pa, std::span<const std::byte> in) = 0;

  /// Breakpoints are marks compiled into decoded code; guest memory is never written.
  virtual void add_breakpoint(VirtAddr pc) = 0;
  virtual void remove_breakpoint(VirtAddr pc) = 0;
  /// Executes one instruction (a branch together with its delay slot), past a breakpoint at the pc.
  virtual void step() = 0;
};

}  // namespace cpu
