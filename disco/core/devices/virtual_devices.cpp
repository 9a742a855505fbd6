#include "disco/core/devices/virtual_devices.hpp"

#include <algorithm>

#include "hardware/board/interrupts.hpp"
#include "hardware/board/magic_registers.hpp"
#include "hardware/board/power.hpp"
#include "hardware/board/register64.hpp"

namespace disco {

namespace {

constexpr std::uint64_t kUartBit = 1u << kUartSource;  // of PEND and ENABLE

}  // namespace

std::uint64_t VirtualDevices::wanted_lines() const {
  const bool enabled = (interface_.enable & kUartBit) != 0;
  const std::uint64_t device = enabled && uart_.interrupt_line() ? 1u << kDeviceIp : 0;
  return device | (interface_.ipi != 0 ? 1u << kIpiIp : 0);
}

std::optional<std::uint64_t> VirtualDevices::read_interface(std::uint64_t offset,
                                                            unsigned size) const {
  const auto part = register_part(offset, size);
  if (!part) return std::nullopt;
  switch (part->offset) {
    case pi::kPend: return part->extract(pending_sources());
    case pi::kEnable: return part->extract(interface_.enable);
    case pi::kIpiSet:
    case pi::kIpiClear: return part->extract(interface_.ipi);
    case pi::kLaunchSp: return part->extract(interface_.launch_sp);
    case pi::kLaunchGp: return part->extract(interface_.launch_gp);
    case pi::kLaunchPc: return part->extract(interface_.launch_pc);
    case pi::kDoze:
    case pi::kNmi:
    case pi::kSoftReset:
    case pi::kCpuId: return 0;  // CPU 0 of node 0
    default: return std::nullopt;
  }
}

DeviceEffect VirtualDevices::write_interface(std::uint64_t offset, unsigned size,
                                             std::uint64_t value) {
  const auto part = register_part(offset, size);
  if (!part) return DeviceEffect::kBusError;
  switch (part->offset) {
    case pi::kEnable: interface_.enable = part->insert(interface_.enable, value); break;
    case pi::kIpiSet: interface_.ipi |= part->place(value); break;
    case pi::kIpiClear: interface_.ipi &= ~part->place(value); break;
    case pi::kLaunchSp:
      interface_.launch_sp = part->insert_address(interface_.launch_sp, value);
      break;
    case pi::kLaunchGp:
      interface_.launch_gp = part->insert_address(interface_.launch_gp, value);
      break;
    // Starts a parked CPU; the VM's only one runs.
    case pi::kLaunchPc:
      interface_.launch_pc = part->insert_address(interface_.launch_pc, value);
      break;
    case pi::kDoze: return DeviceEffect::kDoze;
    // A VM has no boot ROM to begin anew with.
    case pi::kNmi:
    case pi::kSoftReset: break;
    case pi::kPend:
    case pi::kCpuId: break;  // read-only
    default: return DeviceEffect::kBusError;
  }
  return DeviceEffect::kNone;
}

// A VM is one node without a low alias and without page counters, whose registers read as zero.
std::optional<std::uint64_t> VirtualDevices::read_controller(std::uint64_t offset,
                                                             unsigned size) const {
  const auto part = register_part(offset, size);
  if (!part) return std::nullopt;
  switch (part->offset) {
    case controller::kFeatures:
    case controller::kNode:
    case controller::kAliasSize:
    case controller::kAliasEnable: return 0;
    case controller::kNodes: return part->extract(1);
    case controller::kCpusPerNode: return part->extract(facts_.vcpus);
    case controller::kMemoryBytes: return part->extract(facts_.memory_bytes);
    case controller::kClockHz: return part->extract(facts_.clock_hz);
    case controller::kDistance: return part->extract(controller::kLocalDistance);
    default: break;
  }
  const bool is_page_register =
      part->offset >= controller::kPageRegisters && part->offset < controller::kPageRegistersEnd;
  return is_page_register ? std::optional<std::uint64_t>{0} : std::nullopt;
}

std::optional<std::uint64_t> VirtualDevices::read_rtc(std::uint64_t offset, unsigned size) {
  // Clocks of CPUs differ by what a turn of theirs is; a VM's goes forward.
  const std::uint64_t now = rtc_read_ = std::max(rtc_read_, hardware_->nanoseconds());
  if (size == 8) return now;
  if (size != 4) return std::nullopt;
  if (offset == 0) {
    rtc_low_ = static_cast<std::uint32_t>(now);
    return now >> 32;
  }
  const std::uint32_t low = rtc_low_.value_or(static_cast<std::uint32_t>(now));
  rtc_low_.reset();
  return low;
}

std::optional<std::uint64_t> VirtualDevices::read_register(PhysAddr at, unsigned size) {
  const std::uint64_t pa = at.bits();
  if (pa >= kUartAt && pa < kUartAt + kUartBytes) {
    if (size != 1) return std::nullopt;
    return uart_.read_register(pa - kUartAt);
  }
  if (pa == kPowerAt && size == 4) return 0;
  if (pa == kDebugConsoleAt && size == 1) return 0;
  if (pa >= kRtcAt && pa < kRtcAt + kRtcBytes) return read_rtc(pa - kRtcAt, size);
  if (pa >= kControllerAt && pa < kControllerAt + kControllerBytes)
    return read_controller(pa - kControllerAt, size);
  if (pa >= kOwnPiAt && pa < kOwnPiAt + kPiBytes) return read_interface(pa - kOwnPiAt, size);
  if (pa >= kPiAt && pa < kPiAt + kPiBytes) return read_interface(pa - kPiAt, size);
  return std::nullopt;
}

DeviceEffect VirtualDevices::write_register(PhysAddr at, unsigned size, std::uint64_t value) {
  const std::uint64_t pa = at.bits();
  if (pa >= kUartAt && pa < kUartAt + kUartBytes) {
    if (size != 1) return DeviceEffect::kBusError;
    uart_.write_register(pa - kUartAt, static_cast<std::uint8_t>(value));
    return DeviceEffect::kNone;
  }
  if (pa == kPowerAt && size == 4) {
    power_value_ = static_cast<std::uint32_t>(value);
    // Other even values mean nothing to the register.
    const bool ends = ends_run(power_value_) || power_value_ == kPowerReset;
    return ends ? DeviceEffect::kPower : DeviceEffect::kNone;
  }
  if (pa == kDebugConsoleAt && size == 1) {
    uart_.debug(static_cast<std::uint8_t>(value));
    return DeviceEffect::kNone;
  }
  if (pa >= kControllerAt && pa < kControllerAt + kControllerBytes) {
    // Nothing there can be changed in a VM, but writing is no error where the machine allows it.
    return read_controller(pa - kControllerAt, size) ? DeviceEffect::kNone
                                                     : DeviceEffect::kBusError;
  }
  if (pa >= kOwnPiAt && pa < kOwnPiAt + kPiBytes)
    return write_interface(pa - kOwnPiAt, size, value);
  if (pa >= kPiAt && pa < kPiAt + kPiBytes) return write_interface(pa - kPiAt, size, value);
  return DeviceEffect::kBusError;
}

}  // namespace disco
