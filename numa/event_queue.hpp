// Everything that will happen at a known cycle, ordered by (cycle, source, sequence): events of the
// same cycle are delivered by source, those of the same source in the order in which they were
// scheduled. There is one queue per machine; it never allocates after the machine is built.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "common/state.hpp"
#include "common/units.hpp"

namespace numa {
using namespace common;

class EventTarget {
 public:
  virtual ~EventTarget() = default;
  /// The event scheduled for `at` with `argument` is due.
  virtual void on_event(Cycles at, std::uint64_t argument) = 0;
};

/// Hears that the queue's first event is now earlier than it was.
class EventQueueListener {
 public:
  virtual ~EventQueueListener() = default;
  virtual void next_event_is_earlier(Cycles next) = 0;
};

class EventQueue {
 public:
  /// Names an event's owner; the numbers follow the order of add_source().
  enum class Source : std::uint32_t {};

  /// While the machine is built. `capacity` is how many events the source may have outstanding.
  Source add_source(EventTarget& target, std::uint32_t capacity);
  void set_listener(EventQueueListener* listener) { listener_ = listener; }

  /// Requires: the source has less than its capacity outstanding.
  void schedule(Source source, Cycles at, std::uint64_t argument);
  /// Drops all events of a source.
  void cancel(Source source);

  /// Cycle of the first event, or Cycles::never().
  Cycles next() const { return events_.empty() ? Cycles::never() : events_.back().at; }
  /// Delivers the events up to and including `until`, those that they schedule in turn as well.
  void deliver(Cycles until);

  /// Events of a source that are yet to come.
  std::uint32_t outstanding(Source source) const {
    return owners_[static_cast<std::uint32_t>(source)].outstanding;
  }
  std::uint64_t delivered() const { return delivered_; }
  void visit(StateVisitor& v);

 private:
  struct Event {
    Cycles at;
    Source source{};
    std::uint64_t sequence = 0;
    std::uint64_t argument = 0;
  };
  struct Owner {
    EventTarget* target = nullptr;
    std::uint32_t capacity = 0;
    std::uint32_t outstanding = 0;    // derived from events_
    std::uint64_t next_sequence = 0;  // likewise; starts again when nothing is outstanding
  };
  static bool is_later(const Event& a, const Event& b);
  static void visit_event(StateVisitor& v, Event& event);
  void derive_owners();

  std::vector<Owner> owners_;
  std::vector<Event> events_;  // latest first, so that the next one is popped from the end
  std::uint64_t delivered_ = 0;
  EventQueueListener* listener_ = nullptr;
};

}  // namespace numa
