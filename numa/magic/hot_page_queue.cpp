#include "numa/magic/hot_page_queue.hpp"

#include <algorithm>
#include <utility>

namespace numa {

bool HotPageQueue::add(const HotPage& page) {
  if (count_ == kSize) {
    if (lost_ != ~std::uint64_t{0}) ++lost_;
    return false;
  }
  entries_[(first_ + count_++) % kSize] = page.encode();
  drive_line();
  return true;
}

std::uint64_t HotPageQueue::take() {
  if (count_ == 0) return 0;
  const std::uint64_t entry = std::exchange(entries_[first_], 0);
  first_ = (first_ + 1) % kSize;
  --count_;
  drive_line();
  return entry;
}

void HotPageQueue::clear() {
  entries_.fill(0);
  count_ = 0;
  drive_line();
}

void HotPageQueue::set_interrupt_at(std::uint64_t entries) {
  interrupt_at_ = entries;
  drive_line();
}

void HotPageQueue::drive_line() {
  line_.set(interrupt_at_ != 0 && count_ >= std::min<std::uint64_t>(interrupt_at_, kSize));
}

void HotPageQueue::visit(StateVisitor& v) {
  const StateSection section{v, "hot_pages"};
  v.words("entries", entries_);
  v.field("first", first_);
  v.field("count", count_);
  v.word("lost", lost_);
  v.word("interrupt_at", interrupt_at_);
  if (!v.is_restoring()) return;
  // A damaged state must not lead outside of the ring.
  first_ %= kSize;
  count_ = std::min(count_, kSize);
}

}  // namespace numa
