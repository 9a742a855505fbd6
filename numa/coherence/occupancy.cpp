#include "numa/coherence/occupancy.hpp"

#include <algorithm>

namespace numa::coherence {

Cycles OccupancyQueue::arrive(Cycles when) {
  if (service_ == 0) return Cycles{0};
  if (count_ == kRemembered) forget_oldest();
  const std::uint64_t at = std::max(when.count(), oldest_);
  std::size_t place = count_++;
  for (; place > 0 && job(place - 1).arrival > at; --place) job(place) = job(place - 1);
  const std::uint64_t before = place == 0 ? free_at_ : job(place - 1).start + service_;
  job(place) = Job{at, std::max(at, before)};
  std::uint64_t delay = job(place).start - at;
  for (std::size_t i = place + 1; i < count_; ++i) {
    const std::uint64_t start = std::max(job(i).arrival, job(i - 1).start + service_);
    if (start == job(i).start) break;  // an idle moment: those behind it notice nothing
    delay += start - job(i).start;
    job(i).start = start;
  }
  ++served_;
  waited_ += delay;
  return Cycles{delay};
}

void OccupancyQueue::forget_oldest() {
  free_at_ = job(0).start + service_;
  oldest_ = job(0).arrival;
  first_ = (first_ + 1) % kRemembered;
  --count_;
}

void OccupancyQueue::visit(StateVisitor& v) {
  const StateSection section{v, "queue"};
  v.field("free_at", free_at_);
  v.field("oldest", oldest_);
  std::uint64_t count = count_;
  v.word("count", count);
  if (v.is_restoring()) {
    first_ = 0;
    count_ = std::min<std::size_t>(count, jobs_.size());
  }
  for (std::size_t i = 0; i < count_; ++i) {
    v.word("arrival", job(i).arrival);
    v.word("start", job(i).start);
  }
}

}  // namespace numa::coherence
