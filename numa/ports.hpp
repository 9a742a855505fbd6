// What the node controllers and devices need from the rest of the machine. Declared here, by the
// user; machine/machine.cpp implements them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

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
  VirtAddr pc;
  std::uint64_t sp = 0, gp = 0;
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

/// How devices reach memory: as the machine's CPUs see it, in real addresses.
class DmaPort {
 public:
  virtual ~DmaPort() = default;
  /// False, and nothing copied, if a part of the range is not RAM.
  virtual bool dma_read(MachineAddr at, std::span<std::byte> out) = 0;
  virtual bool dma_write(MachineAddr at, std::span<const std::byte> in) = 0;
};

class PowerControl {
 public:
  virtual ~PowerControl() = default;
  virtual void power_off(std::uint64_t exit_code) = 0;
  virtual void reset() = 0;
};

/// Console bytes leave here, in simulated order.
class ConsoleSink {
 public:
  virtual ~ConsoleSink() = default;
  virtual void uart_byte(std::uint8_t byte) = 0;
  virtual void debug_byte(std::uint8_t byte) = 0;
  virtual void virtio_byte(std::uint8_t byte) = 0;
};

}  // namespace numa
