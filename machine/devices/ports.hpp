// What devices need from the rest of the machine. Declared here, by the user; machine/board.hpp
// implements them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "common/address.hpp"

namespace machine {
using namespace common;

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

}  // namespace machine
