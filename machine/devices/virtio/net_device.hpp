// The virtio network device (virtio 1.2, section 5.1): one station of a link. What it sends waits
// in an outbox for whoever joins the machines; what others send is given to it with the time at
// which it arrives.
#pragma once

#include <array>
#include <cstdint>

#include "machine/devices/net/link.hpp"
#include "machine/devices/virtio/virtio_device.hpp"
#include "numa/clock.hpp"
#include "numa/event_queue.hpp"

namespace machine {
using namespace common;

struct NetStatistics {
  std::uint64_t frames_sent = 0, bytes_sent = 0;
  std::uint64_t frames_received = 0, bytes_received = 0;
  std::uint64_t dropped = 0;  // no buffer in time, no driver, or nothing that fits a frame
};

class NetDevice final : public VirtioDevice, public numa::EventTarget {
 public:
  /// Frames that have arrived and wait for the driver's buffers; more are dropped.
  static constexpr std::uint32_t kMostWaiting = 64;
  /// Frames on their way to this station; a sender that is faster than the link is none.
  static constexpr std::uint32_t kMostInFlight = 1 << 16;

  NetDevice(VirtioTransport& transport, MacAddress address, const LinkTiming& link,
            numa::Clock clock, numa::EventQueue& events);
  NetDevice(const NetDevice&) = delete;
  NetDevice& operator=(const NetDevice&) = delete;

  const LinkTiming& link() const { return link_; }
  /// What was sent and not yet taken, in the order of sending.
  FrameQueue& sent() { return sent_; }
  /// A frame will arrive. Requires: no CPU has passed that time. Foreign addresses are ignored.
  void expect(const Frame& frame);

  const NetStatistics& statistics() const { return statistics_; }

  std::uint32_t device_id() const override { return 1; }
  unsigned queue_count() const override { return 2; }
  std::uint64_t features() const override;
  void start(std::uint64_t features) override;
  void reset() override;
  void notified(unsigned queue, Cycles at) override;
  std::uint64_t read_config(std::uint64_t offset, unsigned size) const override;
  void write_config(std::uint64_t, unsigned, std::uint64_t) override {}
  void visit(StateVisitor& v) override;

  void on_event(Cycles at, std::uint64_t argument) override;

 private:
  static constexpr unsigned kReceive = 0, kTransmit = 1;

  bool is_for_us(const Frame& frame) const;
  void send_next(numa::Nanoseconds at);
  void put_on_line(numa::Nanoseconds at);
  void line_is_free();
  void give_back();
  void arrived();
  void hand_over();
  bool fill(const Frame& frame);
  void stop_broken();
  void mend();
  void expect_first();

  VirtioTransport& transport_;
  const MacAddress address_;
  const LinkTiming link_;
  const numa::Clock clock_;
  numa::EventQueue& events_;
  numa::EventQueue::Source sending_ends_, arrival_;

  bool started_ = false;
  bool sending_ = false;    // a frame or the gap after it is on the line
  bool abandoned_ = false;  // the driver no longer waits for it
  numa::Nanoseconds free_at_ = 0;
  std::uint16_t sending_head_ = 0;
  Virtqueue::Chain chain_;  // of the request that is being looked at
  Frame frame_;             // likewise
  FrameQueue sent_, in_flight_, waiting_;
  NetStatistics statistics_;
};

}  // namespace machine
