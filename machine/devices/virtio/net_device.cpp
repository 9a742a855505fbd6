#include "machine/devices/virtio/net_device.hpp"

#include <algorithm>

#include "machine/devices/virtio/little_endian.hpp"

namespace machine {

namespace {

// Feature bits, 5.1.3.
constexpr std::uint64_t kMtuIsKnown = 1 << 3, kHasAddress = 1 << 5, kHasStatus = 1 << 16;
constexpr std::uint16_t kLinkUp = 1;
// struct virtio_net_hdr, 5.1.6: without offloads all of it but num_buffers is zero.
constexpr std::uint64_t kHeaderBytes = 12, kNumBuffers = 10;
// Arguments of events.
constexpr std::uint64_t kSendingEnds = 0, kArrival = 1;

}  // namespace

NetDevice::NetDevice(VirtioTransport& transport, MacAddress address, const LinkTiming& link,
                     numa::Clock clock, numa::EventQueue& events)
    : transport_{transport},
      address_{address},
      link_{link},
      clock_{clock},
      events_{events},
      sending_ends_{events.add_source(*this, 1)},
      arrival_{events.add_source(*this, 1)} {}

std::uint64_t NetDevice::features() const { return kMtuIsKnown | kHasAddress | kHasStatus; }

void NetDevice::start(std::uint64_t) { started_ = true; }

// What is on the line stays there: the wire does not know of drivers.
void NetDevice::reset() {
  started_ = false;
  abandoned_ = sending_;
  waiting_.clear();
}

void NetDevice::stop_broken() {
  started_ = false;
  waiting_.clear();
  transport_.fail();
}

// 5.1.4: address, status, number of queue pairs (of a feature that is not offered), MTU.
std::uint64_t NetDevice::read_config(std::uint64_t offset, unsigned size) const {
  std::array<std::byte, 12> image{};
  for (std::size_t n = 0; n < address_.bytes.size(); ++n) image[n] = std::byte{address_.bytes[n]};
  put_little(image, 6, 2, kLinkUp);
  put_little(image, 10, 2, Frame::kMtu);
  return read_field(image, offset, size);
}

void NetDevice::notified(unsigned queue, Cycles at) {
  if (queue == kReceive) return hand_over();
  if (!sending_) send_next(std::max(clock_.nanoseconds(at), free_at_));
}

void NetDevice::on_event(Cycles, std::uint64_t argument) {
  argument == kSendingEnds ? line_is_free() : arrived();
}

// ---- sending

void NetDevice::send_next(numa::Nanoseconds at) {
  Virtqueue& queue = transport_.queue(kTransmit);
  while (started_ && queue.setup.ready) {
    const auto next = queue.pop(transport_.dma(), chain_);
    if (next == Virtqueue::Next::kNone) return;
    if (next == Virtqueue::Next::kBroken || chain_.readable() < kHeaderBytes) return stop_broken();
    sending_head_ = chain_.head();
    const std::uint64_t bytes = chain_.readable() - kHeaderBytes;
    if (bytes >= Frame::kHeaderBytes && bytes <= Frame::kMost) {
      frame_.bytes = static_cast<std::uint16_t>(bytes);
      if (!chain_.read(transport_.dma(), kHeaderBytes, std::span{frame_.data}.first(bytes)))
        return stop_broken();
      return put_on_line(at);
    }
    ++statistics_.dropped;
    give_back();
  }
}

void NetDevice::put_on_line(numa::Nanoseconds at) {
  const numa::Nanoseconds on_line = link_.frame_time(frame_.bytes);
  frame_.arrival = at + on_line + link_.latency;
  if (sent_.size() < kMostInFlight) sent_.push(frame_);
  ++statistics_.frames_sent;
  statistics_.bytes_sent += frame_.bytes;
  sending_ = true;
  abandoned_ = false;
  free_at_ = at + on_line + link_.gap();
  events_.schedule(sending_ends_, clock_.cycles(free_at_), kSendingEnds);
}

// The next frame follows at once, from the very nanosecond on.
void NetDevice::line_is_free() {
  sending_ = false;
  if (started_ && !abandoned_) give_back();
  send_next(free_at_);
}

void NetDevice::give_back() {
  if (!transport_.queue(kTransmit).push(transport_.dma(), sending_head_, 0)) return stop_broken();
  transport_.signal_used(kTransmit);
}

// ---- receiving

bool NetDevice::is_for_us(const Frame& frame) const {
  const bool to_group = (frame.data[0] & std::byte{1}) != std::byte{0};
  return to_group || std::equal(address_.bytes.begin(), address_.bytes.end(), frame.data.begin(),
                                [](std::uint8_t a, std::byte b) { return std::byte{a} == b; });
}

void NetDevice::expect(const Frame& frame) {
  if (!is_for_us(frame)) return;
  if (in_flight_.size() == kMostInFlight) {
    ++statistics_.dropped;
    return;
  }
  in_flight_.insert_by_arrival(frame);
  expect_first();
}

void NetDevice::expect_first() {
  events_.cancel(arrival_);
  if (in_flight_.is_empty()) return;
  events_.schedule(arrival_, clock_.cycles(in_flight_.front().arrival), kArrival);
}

void NetDevice::arrived() {
  if (!started_ || waiting_.size() == kMostWaiting) {
    ++statistics_.dropped;
  } else {
    waiting_.push(in_flight_.front());
  }
  in_flight_.pop();
  expect_first();
  hand_over();
}

void NetDevice::hand_over() {
  Virtqueue& queue = transport_.queue(kReceive);
  while (started_ && queue.setup.ready && !waiting_.is_empty()) {
    const auto next = queue.pop(transport_.dma(), chain_);
    if (next == Virtqueue::Next::kNone) return;
    if (next == Virtqueue::Next::kBroken || !fill(waiting_.front())) return stop_broken();
    waiting_.pop();
  }
}

// False if the driver broke the rules. A buffer that is too small comes back empty.
bool NetDevice::fill(const Frame& frame) {
  DmaPort& dma = transport_.dma();
  std::uint32_t written = 0;
  if (chain_.writable() >= kHeaderBytes + frame.bytes) {
    std::array<std::byte, kHeaderBytes> header{};
    put_little(header, kNumBuffers, 2, 1);
    if (!chain_.write(dma, 0, header) || !chain_.write(dma, kHeaderBytes, frame.content()))
      return false;
    written = static_cast<std::uint32_t>(kHeaderBytes) + frame.bytes;
    ++statistics_.frames_received;
    statistics_.bytes_received += frame.bytes;
  } else {
    ++statistics_.dropped;
  }
  if (!transport_.queue(kReceive).push(dma, chain_.head(), written)) return false;
  transport_.signal_used(kReceive);
  return true;
}

void NetDevice::visit(StateVisitor& v) {
  v.field("started", started_);
  v.field("sending", sending_);
  v.field("abandoned", abandoned_);
  v.word("free_at", free_at_);
  v.field("sending_head", sending_head_);
  sent_.visit(v, kMostInFlight);
  in_flight_.visit(v, kMostInFlight);
  waiting_.visit(v, kMostWaiting);
  const StateSection counted{v, "statistics"};
  for (std::uint64_t NetStatistics::*const one :
       {&NetStatistics::frames_sent, &NetStatistics::bytes_sent, &NetStatistics::frames_received,
        &NetStatistics::bytes_received, &NetStatistics::dropped}) {
    v.word("", statistics_.*one);
  }
  if (v.is_restoring()) mend();
}

// A damaged state must not break what the rest relies on.
void NetDevice::mend() {
  sending_ = sending_ && events_.outstanding(sending_ends_) > 0;
  if (!sending_) events_.cancel(sending_ends_);
  if (events_.outstanding(arrival_) == 0) in_flight_.clear();
  if (in_flight_.is_empty()) events_.cancel(arrival_);
}

}  // namespace machine
