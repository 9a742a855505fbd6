// A virtio device behind its transport: what it is and what it does with its queues.
#pragma once

#include <cstdint>

#include "common/state.hpp"
#include "common/units.hpp"
#include "machine/devices/virtio/virtqueue.hpp"

namespace machine {
using namespace common;

/// What a device may ask of its transport.
class VirtioTransport {
 public:
  virtual ~VirtioTransport() = default;
  virtual DmaPort& dma() = 0;
  virtual Virtqueue& queue(unsigned number) = 0;
  /// Something was pushed: interrupts the driver if it wants to hear.
  virtual void signal_used(unsigned number) = 0;
  virtual void signal_config_change() = 0;
  /// The driver did what it must not: DEVICE_NEEDS_RESET, and no more notifications until then.
  virtual void fail() = 0;
};

class VirtioDevice {
 public:
  virtual ~VirtioDevice() = default;
  /// virtio 1.2, section 5.
  virtual std::uint32_t device_id() const = 0;
  virtual unsigned queue_count() const = 0;
  /// The features of the device's own kind (bits 0 to 23 and 50 to 63); the transport adds the
  /// others.
  virtual std::uint64_t features() const = 0;
  /// The driver has settled its features and is about to use the device.
  virtual void start(std::uint64_t features) = 0;
  /// Whatever was going on is forgotten.
  virtual void reset() = 0;
  /// The driver has made something available. Only while the queue is ready.
  virtual void notified(unsigned queue, Cycles at) = 0;
  /// The configuration space: little-endian fields of 1, 2, 4 or 8 bytes; beyond its end zeros.
  virtual std::uint64_t read_config(std::uint64_t offset, unsigned size) const = 0;
  virtual void write_config(std::uint64_t offset, unsigned size, std::uint64_t value) = 0;
  virtual void visit(StateVisitor& v) = 0;
};

}  // namespace machine
