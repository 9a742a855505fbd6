// What a guest finds in its I/O window: the machine's memory map with the devices that a VM has. A
// machine of one node; all VCPUs are its CPUs. Addresses are guest-physical.
#pragma once

#include <cstdint>
#include <optional>

#include "common/address.hpp"
#include "disco/core/devices/virtual_uart.hpp"
#include "disco/core/hardware.hpp"
#include "hardware/board/address_map.hpp"
#include "hardware/board/interrupts.hpp"

namespace disco {
using namespace hardware;

/// What a store to a device did beyond changing its registers.
enum class DeviceEffect : std::uint8_t {
  kNone,
  kBusError,  // nothing answers there, or not to that size
  kDoze,      // this VCPU has nothing to do
  kPower,     // the VM's power register was written: power_value()
};

class VirtualDevices {
 public:
  struct Facts {
    std::uint32_t vcpus = 1;
    std::uint64_t memory_bytes = 0;
    std::uint64_t clock_hz = 0;
  };
  VirtualDevices(const Facts& facts, const ConsoleLine& line, Hardware& hardware)
      : facts_{facts}, hardware_{&hardware}, uart_{line, hardware} {}

  /// `size` is 1, 2, 4 or 8 and `at` aligned to it. Nothing: a bus error.
  std::optional<std::uint64_t> read(PhysAddr at, unsigned size) {
    const auto value = read_register(at, size);
    lines_ = wanted_lines();
    return value;
  }
  DeviceEffect write(PhysAddr at, unsigned size, std::uint64_t value) {
    const DeviceEffect effect = write_register(at, size, value);
    lines_ = wanted_lines();
    return effect;
  }

  /// The VM's input queue has something.
  void console_input() {
    uart_.fill();
    lines_ = wanted_lines();
  }
  /// Bits of Cause.IP (2: devices, 3: interrupts between VCPUs) of the VM's VCPU.
  std::uint64_t interrupt_lines() const { return lines_; }
  std::uint32_t power_value() const { return power_value_; }

 private:
  /// MAGIC's processor interface of a VCPU.
  struct Interface {
    std::uint64_t enable = 0, ipi = 0, launch_sp = 0, launch_gp = 0, launch_pc = 0;
  };

  std::optional<std::uint64_t> read_register(PhysAddr at, unsigned size);
  DeviceEffect write_register(PhysAddr at, unsigned size, std::uint64_t value);
  /// What the registers make of the lines; `lines_` is that after every change.
  std::uint64_t wanted_lines() const;
  std::uint64_t pending_sources() const { return uart_.interrupt_line() ? 1u << kUartSource : 0; }
  std::optional<std::uint64_t> read_interface(std::uint64_t offset, unsigned size) const;
  DeviceEffect write_interface(std::uint64_t offset, unsigned size, std::uint64_t value);
  std::optional<std::uint64_t> read_controller(std::uint64_t offset, unsigned size) const;
  std::optional<std::uint64_t> read_rtc(std::uint64_t offset, unsigned size);

  Facts facts_;
  Hardware* hardware_;
  VirtualUart uart_;
  Interface interface_;
  std::uint64_t lines_ = 0;
  std::optional<std::uint32_t> rtc_low_;  // latched by a read of the upper half
  std::uint64_t rtc_read_ = 0;            // the latest time that it has shown
  std::uint32_t power_value_ = 0;
};

}  // namespace disco
