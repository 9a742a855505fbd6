#include "numa/event_queue.hpp"

#include <algorithm>
#include <tuple>

#include "common/check.hpp"

namespace numa {

EventQueue::Source EventQueue::add_source(EventTarget& target, std::uint32_t capacity) {
  owners_.push_back({&target, capacity, 0, 0});
  std::size_t total = 0;
  for (const Owner& owner : owners_) total += owner.capacity;
  events_.reserve(total);
  return Source{static_cast<std::uint32_t>(owners_.size() - 1)};
}

bool EventQueue::is_later(const Event& a, const Event& b) {
  return std::tie(a.at, a.source, a.sequence) > std::tie(b.at, b.source, b.sequence);
}

void EventQueue::schedule(Source source, Cycles at, std::uint64_t argument) {
  Owner& owner = owners_[index_of(source)];
  CHECK(owner.outstanding < owner.capacity);
  // Only the order of what is outstanding matters: numbers do not remember how many events there
  // ever were.
  if (owner.outstanding++ == 0) owner.next_sequence = 0;

  const Event event{at, source, owner.next_sequence++, argument};
  const Cycles before = next();
  // Few events are outstanding at a time: keeping them sorted beats a heap, and gives the state one
  // order.
  events_.insert(std::lower_bound(events_.begin(), events_.end(), event, is_later), event);
  if (at < before && listener_ != nullptr) listener_->next_event_is_earlier(at);
}

void EventQueue::cancel(Source source) {
  std::erase_if(events_, [source](const Event& event) { return event.source == source; });
  owners_[index_of(source)].outstanding = 0;
}

void EventQueue::deliver(Cycles until) {
  while (!events_.empty() && events_.back().at <= until) {
    const Event event = events_.back();
    events_.pop_back();
    Owner& owner = owners_[index_of(event.source)];
    --owner.outstanding;
    ++delivered_;
    owner.target->on_event(event.at, event.argument);
  }
}

void EventQueue::visit_event(StateVisitor& v, Event& event) {
  std::uint64_t at = event.at.count();
  v.word("at", at);
  event.at = Cycles{at};
  v.field("source", event.source);
  v.word("sequence", event.sequence);
  v.word("argument", event.argument);
}

void EventQueue::visit(StateVisitor& v) {
  const StateSection section{v, "events"};
  v.word("delivered", delivered_);
  std::uint64_t count = events_.size();
  v.word("count", count);
  if (v.is_restoring()) events_.resize(std::min<std::uint64_t>(count, events_.capacity()));
  for (Event& event : events_) visit_event(v, event);
  if (!v.is_restoring()) return;

  derive_owners();
}

void EventQueue::derive_owners() {
  std::erase_if(events_, [this](const Event& e) { return index_of(e.source) >= owners_.size(); });
  std::sort(events_.begin(), events_.end(), is_later);
  for (Owner& owner : owners_) owner.outstanding = 0, owner.next_sequence = 0;
  for (const Event& event : events_) {
    Owner& owner = owners_[index_of(event.source)];
    ++owner.outstanding;
    owner.next_sequence = std::max(owner.next_sequence, event.sequence + 1);
  }
}

}  // namespace numa
