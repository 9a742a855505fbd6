// Several observers where there is room for one: each is told everything, in the order in which
// they were added. None may be added or removed while an event is told.
#pragma once

#include <algorithm>
#include <vector>

#include "common/check.hpp"
#include "common/observer.hpp"

namespace common {

class ObserverList final : public Observer {
 public:
  /// Requires: it is not there yet. It stays until it is removed and must outlive that.
  void add(Observer& observer) {
    CHECK(std::find(observers_.begin(), observers_.end(), &observer) == observers_.end());
    observers_.push_back(&observer);
  }
  /// One that is not there is left alone.
  void remove(Observer& observer) { std::erase(observers_, &observer); }

  /// Whom to tell: nobody (nullptr), the only one, or this list.
  Observer* face() {
    if (observers_.size() == 1) return observers_.front();
    return observers_.empty() ? nullptr : this;
  }

#define OBSERVER_EVENT(method, Event)                                    \
  void method(const Event& event) override {                             \
    for (Observer* const observer : observers_) observer->method(event); \
  }
#include "common/observer_events.def"
#undef OBSERVER_EVENT

 private:
  std::vector<Observer*> observers_;
};

}  // namespace common
