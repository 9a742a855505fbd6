// The CP0 registers that a guest kernel believes it owns, as stored; Random, Wired, Count and
// Cause.IP are completed when read (cp0_registers.cpp). What they mean for the machine's own
// registers is Vcpu::refresh().
#pragma once

#include <cstdint>

#include "disco/core/memory/guest_address.hpp"
#include "disco/core/tlb_entry.hpp"
#include "hardware/r10000/cp0.hpp"

namespace disco {

/// Modes of a guest, by its virtual Status.
enum class GuestMode : std::uint8_t { kKernel, kSupervisor, kUser };

struct VirtualCp0 {
  /// By register number: most of them only hold what is written (plain_registers.hpp), and those
  /// are moved without asking which they are.
  std::uint64_t values[32] = {};
  /// Virtual Count - real Count.
  std::uint32_t count_offset = 0;
  /// The latest time the guest can know of: what Count last read as, or the Compare last delivered.
  std::uint32_t time_seen = 0;

  std::uint64_t& operator[](cp0::Register number) { return values[number]; }
  std::uint64_t operator[](cp0::Register number) const { return values[number]; }

  bool has(std::uint64_t status_bits) const { return (values[cp0::kStatus] & status_bits) != 0; }
  Asid asid() const {
    return Asid{static_cast<std::uint8_t>(values[cp0::kEntryHi] & entry_hi::kAsid)};
  }

  GuestMode mode() const {
    if (has(status::kExl | status::kErl)) return GuestMode::kKernel;
    switch (values[cp0::kStatus] >> status::kKsuShift & 3) {
      case status::kKsuKernel: return GuestMode::kKernel;
      case status::kKsuSupervisor: return GuestMode::kSupervisor;
      default: return GuestMode::kUser;  // 3 is undefined: the least privilege, as on the machine
    }
  }
  /// Whether what its TLB maps in xsseg is no address error to the kernel.
  bool uses_xsseg() const {
    return (values[cp0::kStatus] & (status::kKx | status::kSx)) == (status::kKx | status::kSx);
  }
  GuestSpace space() const {
    return {.kernel = mode() == GuestMode::kKernel,
            .kx = has(status::kKx),
            .sx = has(status::kSx),
            .ux = has(status::kUx),
            .erl = has(status::kErl)};
  }
};

}  // namespace disco
