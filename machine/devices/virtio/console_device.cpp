#include "machine/devices/virtio/console_device.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace machine {

namespace {
constexpr unsigned kReceive = 0, kTransmit = 1;
constexpr std::size_t kChunk = 256;  // bytes moved at a time
}  // namespace

void ConsoleDevice::start(std::uint64_t) {
  started_ = true;
  hand_over();
}

void ConsoleDevice::notified(unsigned queue, Cycles) {
  queue == kReceive ? hand_over() : take_output();
}

void ConsoleDevice::stop_broken() {
  started_ = false;
  transport_.fail();
}

// ---- output

void ConsoleDevice::take_output() {
  Virtqueue& queue = transport_.queue(kTransmit);
  std::uint64_t taken = 0;
  while (started_ && queue.setup.ready) {
    const auto next = queue.pop(transport_.dma(), chain_);
    if (next == Virtqueue::Next::kNone) return;
    const bool is_right =
        next == Virtqueue::Next::kChain && chain_.readable() <= kMostNotified - taken && print();
    if (!is_right) return stop_broken();
    taken += chain_.readable();
  }
}

// False if the driver broke the rules.
bool ConsoleDevice::print() {
  if (chain_.readable() > kMostSent) return false;
  std::array<std::byte, kChunk> bytes{};
  for (std::uint64_t done = 0; done < chain_.readable();) {
    const auto here = std::span{bytes}.first(
        static_cast<std::size_t>(std::min<std::uint64_t>(kChunk, chain_.readable() - done)));
    if (!chain_.read(transport_.dma(), done, here)) return false;
    for (const std::byte byte : here) sink_.virtio_byte(std::to_integer<std::uint8_t>(byte));
    done += here.size();
    sent_ += here.size();
  }
  if (!transport_.queue(kTransmit).push(transport_.dma(), chain_.head(), 0)) return false;
  transport_.signal_used(kTransmit);
  return true;
}

// ---- input

void ConsoleDevice::receive(std::uint8_t byte) {
  if (typed_.size() == kMostWaiting) return;
  typed_.push_back(byte);
  hand_over();
}

void ConsoleDevice::hand_over() {
  Virtqueue& queue = transport_.queue(kReceive);
  while (started_ && queue.setup.ready && !typed_.empty()) {
    const auto next = queue.pop(transport_.dma(), chain_);
    if (next == Virtqueue::Next::kNone) return;
    if (next == Virtqueue::Next::kBroken || !fill()) return stop_broken();
  }
}

bool ConsoleDevice::fill() {
  DmaPort& dma = transport_.dma();
  std::array<std::byte, kChunk> bytes{};
  const std::size_t count =
      static_cast<std::size_t>(std::min<std::uint64_t>({kChunk, typed_.size(), chain_.writable()}));
  std::transform(typed_.begin(), typed_.begin() + static_cast<std::ptrdiff_t>(count), bytes.begin(),
                 [](std::uint8_t byte) { return std::byte{byte}; });
  if (!chain_.write(dma, 0, std::span{bytes}.first(count))) return false;
  typed_.erase(typed_.begin(), typed_.begin() + static_cast<std::ptrdiff_t>(count));
  received_ += count;
  const auto written = static_cast<std::uint32_t>(count);
  if (!transport_.queue(kReceive).push(dma, chain_.head(), written)) return false;
  transport_.signal_used(kReceive);
  return true;
}

void ConsoleDevice::visit(StateVisitor& v) {
  v.field("started", started_);
  std::uint64_t waiting = typed_.size();
  v.word("waiting", waiting);
  if (v.is_restoring()) typed_.resize(std::min<std::uint64_t>(waiting, kMostWaiting));
  for (std::uint8_t& byte : typed_) v.field("", byte);
  v.word("sent", sent_);
  v.word("received", received_);
}

}  // namespace machine
