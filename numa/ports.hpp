// What the node controllers need from the rest of the machine. Declared here, by the user;
// machine/board.hpp implements them.
#pragma once

#include <cstdint>

#include "common/address.hpp"
#include "common/units.hpp"

namespace numa {
using namespace common;

/// Drives Cause.IP[ip] of a CPU; `ip` is kDeviceIp or kIpiIp.
class InterruptLines {
 public:
  virtual ~InterruptLines() = default;
  virtual void set_line(CpuId cpu, unsigned ip, bool level) = 0;
};

/// Where LAUNCH_* sends a parked CPU; a0 and a1 start as zero.
struct LaunchAddress {
  VirtAddr pc, sp, gp;
};

class ProcessorControl {
 public:
  virtual ~ProcessorControl() = default;
  /// Starts a parked CPU; nothing happens to one that runs.
  virtual void launch(CpuId cpu, const LaunchAddress& to) = 0;
  /// The CPU stops executing until an enabled interrupt is pending.
  virtual void doze(CpuId cpu) = 0;
  /// The Nonmaskable Interrupt and Soft Reset exceptions; nothing happens to a parked CPU.
  virtual void nmi(CpuId cpu) = 0;
  virtual void soft_reset(CpuId cpu) = 0;
  /// `cpu` sees other memory at low addresses than before.
  virtual void alias_changed(CpuId cpu) = 0;
};

}  // namespace numa
