// The virtio console device (virtio 1.2, section 5.3), one port. Like the serial port's its output
// takes no simulated time, and what is typed waits until the driver has buffers for it.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "machine/devices/ports.hpp"
#include "machine/devices/virtio/virtio_device.hpp"

namespace machine {
using namespace common;

class ConsoleDevice final : public VirtioDevice {
 public:
  /// What is typed beyond these bytes before anybody reads is dropped.
  static constexpr std::size_t kMostWaiting = 1 << 20;
  /// A driver that sends more in one request, or in all requests that one notification hands over,
  /// is broken: what one store of the guest costs the host has a bound.
  static constexpr std::uint64_t kMostSent = 1 << 20;
  static constexpr std::uint64_t kMostNotified = 4 << 20;

  ConsoleDevice(VirtioTransport& transport, ConsoleSink& sink)
      : transport_{transport}, sink_{sink} {}

  /// A byte is typed.
  void receive(std::uint8_t byte);
  /// Whether somebody is told when a byte arrives.
  bool takes_interrupts() const { return started_; }

  std::uint64_t bytes_sent() const { return sent_; }
  std::uint64_t bytes_received() const { return received_; }

  std::uint32_t device_id() const override { return 3; }
  unsigned queue_count() const override { return 2; }
  std::uint64_t features() const override { return 0; }
  void start(std::uint64_t) override;
  void reset() override { started_ = false; }
  void notified(unsigned queue, Cycles at) override;
  /// Size and ports are of features that are not offered.
  std::uint64_t read_config(std::uint64_t, unsigned) const override { return 0; }
  void write_config(std::uint64_t, unsigned, std::uint64_t) override {}
  void visit(StateVisitor& v) override;

 private:
  void take_output();
  bool print();
  void hand_over();
  bool fill();
  void stop_broken();

  VirtioTransport& transport_;
  ConsoleSink& sink_;
  bool started_ = false;
  std::deque<std::uint8_t> typed_;  // and not yet handed over
  Virtqueue::Chain chain_;          // of the request that is being looked at
  std::uint64_t sent_ = 0, received_ = 0;
};

}  // namespace machine
