#include "machine/devices/net/link.hpp"

namespace machine {

void FrameQueue::push(const Frame& frame) {
  if (count_ == slots_.size()) {
    std::rotate(slots_.begin(), slots_.begin() + first_, slots_.end());
    first_ = 0;
    slots_.resize(std::max<std::size_t>(16, 2 * slots_.size()));
  }
  slot(count_++) = frame;
}

void FrameQueue::insert_by_arrival(const Frame& frame) {
  push(frame);
  for (std::uint32_t n = count_ - 1; n > 0 && slot(n - 1).arrival > slot(n).arrival; --n)
    std::swap(slot(n - 1), slot(n));
}

void FrameQueue::pop() {
  first_ = (first_ + 1) % static_cast<std::uint32_t>(slots_.size());
  --count_;
}

void FrameQueue::visit(StateVisitor& v, std::uint32_t most) {
  const StateSection section{v, "frames"};
  std::uint32_t count = count_;
  v.field("count", count);
  if (v.is_restoring()) {
    clear();
    for (count = std::min(count, most); count_ < count;) push(Frame{});
  }
  for (std::uint32_t n = 0; n < count_; ++n) {
    Frame& frame = slot(n);
    v.word("arrival", frame.arrival);
    v.field("bytes", frame.bytes);
    if (v.is_restoring()) frame.bytes = std::clamp(frame.bytes, Frame::kHeaderBytes, Frame::kMost);
    for (std::uint16_t at = 0; at < frame.bytes; ++at) v.field("", frame.data[at]);
  }
}

}  // namespace machine
