#include "disco/core/devices/virtual_devices.hpp"

namespace disco {

namespace {

constexpr std::uint64_t kUartAt = 0x1c000000, kPowerAt = 0x1c001000, kDebugAt = 0x1c001008,
                        kRtcAt = 0x1c002000, kControllerAt = 0x1c020000,
                        kControllerEnd = 0x1c030000, kOwnPiAt = 0x1c3ff000, kPiAt = 0x1c400000,
                        kPiBytes = 0x1000;

// Registers of a processor interface.
constexpr std::uint64_t kPend = 0x00, kEnable = 0x08, kIpiSet = 0x10, kIpiClear = 0x18,
                        kLaunchSp = 0x20, kLaunchGp = 0x28, kLaunchPc = 0x30, kDoze = 0x38,
                        kCpuId = 0x40;
// Registers of the memory controller: how the machine is built. A VM is one node without a low
// alias.
constexpr std::uint64_t kFeatures = 0x00, kNodes = 0x08, kCpusPerNode = 0x10, kNode = 0x18,
                        kMemoryBytes = 0x20, kClockHz = 0x28, kAliasSize = 0x30,
                        kAliasEnable = 0x38, kDistance = 0x400, kReserved = 0x1000;
constexpr std::uint64_t kLocalDistance = 10;
constexpr std::uint64_t kUartSource = 1;  // bit 0 of PEND and ENABLE

/// 64-bit big-endian registers of which either half can be accessed alone.
struct Part {
  std::uint64_t offset = 0;
  unsigned shift = 0;
  std::uint64_t mask = 0;

  static std::optional<Part> of(std::uint64_t offset, unsigned size) {
    if (size == 8) return Part{offset, 0, ~std::uint64_t{0}};
    if (size != 4) return std::nullopt;
    const bool low = (offset & 4) != 0;
    return Part{offset & ~std::uint64_t{7}, low ? 0u : 32u,
                low ? 0xffffffffull : 0xffffffff00000000ull};
  }
  std::uint64_t extract(std::uint64_t whole) const { return (whole & mask) >> shift; }
  std::uint64_t place(std::uint64_t value) const { return (value << shift) & mask; }
  std::uint64_t insert(std::uint64_t whole, std::uint64_t value) const {
    return (whole & ~mask) | place(value);
  }
  /// As insert, but the low half alone is a 32-bit address and sign-extended.
  std::uint64_t insert_address(std::uint64_t whole, std::uint64_t value) const {
    if (mask != 0xffffffffull) return insert(whole, value);
    return static_cast<std::uint64_t>(
        static_cast<std::int64_t>(static_cast<std::int32_t>(value & mask)));
  }
};

}  // namespace

std::uint64_t VirtualDevices::interrupt_lines() const {
  const bool enabled = (interface_.enable & kUartSource) != 0;
  const std::uint64_t device = enabled && uart_.interrupt_line() ? 1u << 2 : 0;
  return device | (interface_.ipi != 0 ? 1u << 3 : 0);
}

std::optional<std::uint64_t> VirtualDevices::read_interface(std::uint64_t offset,
                                                            unsigned size) const {
  const auto part = Part::of(offset, size);
  if (!part) return std::nullopt;
  switch (part->offset) {
    case kPend: return part->extract(pending_sources());
    case kEnable: return part->extract(interface_.enable);
    case kIpiSet:
    case kIpiClear: return part->extract(interface_.ipi);
    case kLaunchSp: return part->extract(interface_.launch_sp);
    case kLaunchGp: return part->extract(interface_.launch_gp);
    case kLaunchPc: return part->extract(interface_.launch_pc);
    case kDoze:
    case kCpuId: return 0;  // CPU 0 of node 0
    default: return std::nullopt;
  }
}

DeviceEffect VirtualDevices::write_interface(std::uint64_t offset, unsigned size,
                                             std::uint64_t value) {
  const auto part = Part::of(offset, size);
  if (!part) return DeviceEffect::kBusError;
  switch (part->offset) {
    case kEnable: interface_.enable = part->insert(interface_.enable, value); break;
    case kIpiSet: interface_.ipi |= part->place(value); break;
    case kIpiClear: interface_.ipi &= ~part->place(value); break;
    case kLaunchSp: interface_.launch_sp = part->insert_address(interface_.launch_sp, value); break;
    case kLaunchGp: interface_.launch_gp = part->insert_address(interface_.launch_gp, value); break;
    // Starts a parked CPU; the VM's only one runs.
    case kLaunchPc: interface_.launch_pc = part->insert_address(interface_.launch_pc, value); break;
    case kDoze: return DeviceEffect::kDoze;
    case kPend:
    case kCpuId: break;  // read-only
    default: return DeviceEffect::kBusError;
  }
  return DeviceEffect::kNone;
}

std::optional<std::uint64_t> VirtualDevices::read_controller(std::uint64_t offset,
                                                             unsigned size) const {
  const auto part = Part::of(offset, size);
  if (!part) return std::nullopt;
  switch (part->offset) {
    case kFeatures:
    case kNode:
    case kAliasSize:
    case kAliasEnable: return 0;
    case kNodes: return part->extract(1);
    case kCpusPerNode: return part->extract(facts_.vcpus);
    case kMemoryBytes: return part->extract(facts_.memory_bytes);
    case kClockHz: return part->extract(facts_.clock_hz);
    case kDistance: return part->extract(kLocalDistance);
    default: break;
  }
  if (part->offset >= kReserved) return 0;
  return std::nullopt;
}

std::optional<std::uint64_t> VirtualDevices::read_rtc(std::uint64_t offset, unsigned size) {
  const std::uint64_t now = hardware_->nanoseconds();
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

std::optional<std::uint64_t> VirtualDevices::read(PhysAddr at, unsigned size) {
  const std::uint64_t pa = at.bits();
  if (pa >= kUartAt && pa < kUartAt + VirtualUart::kBytes) {
    if (size != 1) return std::nullopt;
    return uart_.read(pa - kUartAt);
  }
  if (pa == kPowerAt && size == 4) return 0;
  if (pa == kDebugAt && size == 1) return 0;
  if (pa >= kRtcAt && pa < kRtcAt + 8) return read_rtc(pa - kRtcAt, size);
  if (pa >= kControllerAt && pa < kControllerEnd) return read_controller(pa - kControllerAt, size);
  if (pa >= kOwnPiAt && pa < kOwnPiAt + kPiBytes) return read_interface(pa - kOwnPiAt, size);
  if (pa >= kPiAt && pa < kPiAt + kPiBytes) return read_interface(pa - kPiAt, size);
  return std::nullopt;
}

DeviceEffect VirtualDevices::write(PhysAddr at, unsigned size, std::uint64_t value) {
  const std::uint64_t pa = at.bits();
  if (pa >= kUartAt && pa < kUartAt + VirtualUart::kBytes) {
    if (size != 1) return DeviceEffect::kBusError;
    uart_.write(pa - kUartAt, static_cast<std::uint8_t>(value));
    return DeviceEffect::kNone;
  }
  if (pa == kPowerAt && size == 4) {
    power_value_ = static_cast<std::uint32_t>(value);
    // Other even values mean nothing to the register.
    const bool ends = power_value_ == 0 || power_value_ == 2 || (power_value_ & 1) != 0;
    return ends ? DeviceEffect::kPower : DeviceEffect::kNone;
  }
  if (pa == kDebugAt && size == 1) {
    hardware_->debug_put(static_cast<char>(value));
    return DeviceEffect::kNone;
  }
  if (pa >= kControllerAt && pa < kControllerEnd) {
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
