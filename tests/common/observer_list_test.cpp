// Everything that an observer can be told reaches every observer of a list.
#include "common/observer_list.hpp"

#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace common;

namespace {

/// Writes down what it is told.
class Witness final : public Observer {
 public:
  Witness(std::string name, std::vector<std::string>& told) : name_{std::move(name)}, told_{told} {}

#define OBSERVER_EVENT(method, Event) \
  void method(const Event&) override { told_.push_back(name_ + " " #method); }
#include "common/observer_events.def"
#undef OBSERVER_EVENT

 private:
  std::string name_;
  std::vector<std::string>& told_;
};

}  // namespace

TEST_CASE("ObserverList: every event reaches every observer, in the order of adding", "[common]") {
  std::vector<std::string> told, expected;
  Witness first{"first", told}, second{"second", told};
  ObserverList list;
  list.add(first);
  list.add(second);
  Observer* const face = list.face();
#define OBSERVER_EVENT(method, Event)   \
  face->method(Event{});                \
  expected.push_back("first " #method); \
  expected.push_back("second " #method);
#include "common/observer_events.def"
#undef OBSERVER_EVENT
  CHECK(told == expected);
  CHECK(told.size() == 22);
}

TEST_CASE("ObserverList: nobody, one and several", "[common]") {
  std::vector<std::string> told;
  Witness one{"one", told}, other{"other", told};
  ObserverList list;
  CHECK(list.face() == nullptr);
  list.add(one);
  CHECK(list.face() == &one);
  list.add(other);
  CHECK(list.face() == &list);
  list.remove(one);
  list.remove(one);
  CHECK(list.face() == &other);
  list.remove(other);
  CHECK(list.face() == nullptr);
}
