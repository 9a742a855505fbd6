#include "machine/devices/virtio/mmio_transport.hpp"

#include "common/check.hpp"
#include "hardware/board/virtio_mmio.hpp"

namespace machine {

namespace {

using namespace hardware::virtio;

constexpr std::uint32_t kVendor = 0x44495343;  // "DISC"

std::uint32_t half(std::uint64_t value, std::uint32_t which) {
  return which > 1 ? 0 : static_cast<std::uint32_t>(value >> (32 * which));
}

void set_half(std::uint64_t& value, std::uint32_t which, std::uint32_t part) {
  if (which > 1) return;
  const unsigned shift = 32 * which;
  value = (value & ~(std::uint64_t{0xffffffff} << shift)) | std::uint64_t{part} << shift;
}

void set_half(MachineAddr& address, std::uint32_t which, std::uint32_t part) {
  std::uint64_t bits = address.bits();
  set_half(bits, which, part);
  address = MachineAddr{bits};
}

}  // namespace

void MmioTransport::connect(VirtioDevice& device) {
  CHECK(device.queue_count() <= kMostQueues);
  device_ = &device;
}

bool MmioTransport::is_running() const {
  return (status_ & kDriverOk) != 0 && (status_ & kNeedsReset) == 0;
}

std::uint64_t MmioTransport::offered() const {
  return device_->features() | kVirtioIndirect | kVirtioEventIndex | kVirtioVersion1;
}

Virtqueue::Setup* MmioTransport::selected() {
  return queue_select_ < device_->queue_count() ? &queues_[queue_select_].setup : nullptr;
}
const Virtqueue::Setup* MmioTransport::selected() const {
  return queue_select_ < device_->queue_count() ? &queues_[queue_select_].setup : nullptr;
}

// ---- accesses

numa::ReadResult MmioTransport::read(const numa::Requester&, std::uint64_t offset, unsigned size) {
  if (offset >= kConfig) return device_->read_config(offset - kConfig, size);
  if (size != 4) return Failure{numa::BusError{}};
  return std::uint64_t{read_register(offset)};
}

numa::WriteResult MmioTransport::write(const numa::Requester& by, std::uint64_t offset,
                                       unsigned size, std::uint64_t value) {
  if (offset >= kConfig) {
    device_->write_config(offset - kConfig, size, value);
    return Nothing{};
  }
  if (size != 4) return Failure{numa::BusError{}};
  write_register(offset, static_cast<std::uint32_t>(value), by.at);
  return Nothing{};
}

std::uint32_t MmioTransport::read_register(std::uint64_t offset) const {
  // Memory regions are not offered: length and base of every one read as all ones (4.2.2).
  if (offset >= kShmFirst && offset <= kShmLast) return ~std::uint32_t{0};
  switch (offset) {
    case kMagic: return kMagicValue;
    case kVersion: return kVersionValue;
    case kDeviceId: return device_->device_id();
    case kVendorId: return kVendor;
    case kDeviceFeatures: return half(offered(), offered_select_);
    case kQueueNumMax: return selected() != nullptr ? Virtqueue::kMostDescriptors : 0;
    case kQueueReady: return selected() != nullptr && selected()->ready ? 1 : 0;
    case kInterruptStatus: return interrupt_;
    case kStatus: return status_;
    case kConfigGeneration: return generation_;
    default: return 0;
  }
}

void MmioTransport::write_register(std::uint64_t offset, std::uint32_t value, Cycles at) {
  switch (offset) {
    case kDeviceFeaturesSel: offered_select_ = value; return;
    case kDriverFeaturesSel: accepted_select_ = value; return;
    case kDriverFeatures:
      if ((status_ & kFeaturesOk) == 0) set_half(accepted_, accepted_select_, value);
      return;
    case kQueueSel: queue_select_ = value; return;
    case kQueueNotify:
      if (is_running() && value < device_->queue_count() && queues_[value].setup.ready)
        device_->notified(value, at);
      return;
    case kInterruptAck: interrupt_ &= ~value; return drive_line();
    case kStatus: return write_status(value);
    default: write_queue_register(offset, value);
  }
}

bool MmioTransport::write_queue_register(std::uint64_t offset, std::uint32_t value) {
  Virtqueue::Setup* const setup = selected();
  if (setup == nullptr) return false;
  if (offset == kQueueReady) {
    setup->ready = (value & 1) != 0;
    return true;
  }
  if (setup->ready) return false;  // its places are settled
  switch (offset) {
    case kQueueNum: {
      const bool fits =
          value > 0 && value <= Virtqueue::kMostDescriptors && (value & (value - 1)) == 0;
      if (fits) setup->size = static_cast<std::uint16_t>(value);
      return fits;
    }
    case kQueueDescLow: set_half(setup->descriptors, 0, value); return true;
    case kQueueDescHigh: set_half(setup->descriptors, 1, value); return true;
    case kQueueDriverLow: set_half(setup->driver, 0, value); return true;
    case kQueueDriverHigh: set_half(setup->driver, 1, value); return true;
    case kQueueDeviceLow: set_half(setup->device, 0, value); return true;
    case kQueueDeviceHigh: set_half(setup->device, 1, value); return true;
    default: return false;
  }
}

void MmioTransport::write_status(std::uint32_t value) {
  value &= kStatusBits;
  if (value == 0) return reset();
  const std::uint32_t set = value & ~status_;
  // A bit once set stays until reset (2.1.1); NEEDS_RESET is the device's to set.
  status_ |= value & ~kNeedsReset;
  const bool acceptable = (accepted_ & ~offered()) == 0 && (accepted_ & kVirtioVersion1) != 0;
  if ((set & kFeaturesOk) != 0 && !acceptable) status_ &= ~kFeaturesOk;
  if ((set & kDriverOk) == 0 || (status_ & kFeaturesOk) == 0) return;
  for (Virtqueue& queue : queues_) queue.start(accepted_);
  device_->start(accepted_);
}

void MmioTransport::reset() {
  status_ = interrupt_ = queue_select_ = offered_select_ = accepted_select_ = 0;
  accepted_ = 0;
  for (Virtqueue& queue : queues_) queue.reset();
  device_->reset();
  drive_line();
}

// ---- what the device tells the driver

void MmioTransport::signal_used(unsigned number) {
  if (!queues_[number].wants_interrupt(dma_)) return;
  interrupt_ |= kUsedBuffer;
  drive_line();
}

void MmioTransport::signal_config_change() {
  ++generation_;
  interrupt_ |= kConfigChange;
  drive_line();
}

void MmioTransport::fail() {
  if ((status_ & kNeedsReset) != 0) return;
  status_ |= kNeedsReset;
  signal_config_change();
}

void MmioTransport::visit(StateVisitor& v) {
  v.field("queue_select", queue_select_);
  v.field("offered_select", offered_select_);
  v.field("accepted_select", accepted_select_);
  v.word("accepted", accepted_);
  v.field("status", status_);
  v.field("interrupt", interrupt_);
  v.field("generation", generation_);
  for (Virtqueue& queue : queues_) queue.visit(v);
  device_->visit(v);
}

}  // namespace machine
