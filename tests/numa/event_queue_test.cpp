#include "tests/support/catch.hpp"

#include "numa/event_queue.hpp"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <new>
#include <random>
#include <tuple>

#include "tests/numa/fakes.hpp"

using namespace numa;
using namespace numa::test;

// Every allocation of this program is counted.
static std::size_t allocations = 0;
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size);
}
void* operator new(std::size_t size) {
  if (void* const memory = operator new(size, std::nothrow)) return memory;
  throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

struct Delivered {
  unsigned source;
  std::uint64_t at, argument;
  bool operator==(const Delivered&) const = default;
};

/// Notes what reaches it, and may schedule more.
struct Recorder : EventTarget {
  unsigned number;
  std::vector<Delivered>* log;
  std::function<void()> also;
  Recorder(unsigned n, std::vector<Delivered>& l) : number{n}, log{&l} {}
  void on_event(Cycles at, std::uint64_t argument) override {
    log->push_back({number, at.count(), argument});
    if (also) also();
  }
};

struct Fixture {
  std::vector<Delivered> log;
  Recorder a{0, log}, b{1, log}, c{2, log};
  EventQueue queue;
  EventQueue::Source from_a = queue.add_source(a, 100), from_b = queue.add_source(b, 100),
                     from_c = queue.add_source(c, 100);
};

}  // namespace

TEST_CASE("EventQueue: events of one cycle come by source, then in the order scheduled", "[numa]") {
  Fixture f;
  f.queue.schedule(f.from_b, Cycles{5}, 1);
  f.queue.schedule(f.from_a, Cycles{5}, 2);
  f.queue.schedule(f.from_b, Cycles{5}, 3);
  f.queue.schedule(f.from_a, Cycles{5}, 4);
  f.queue.schedule(f.from_c, Cycles{4}, 5);
  f.queue.deliver(Cycles{5});
  CHECK(f.log == std::vector<Delivered>{{2, 4, 5}, {0, 5, 2}, {0, 5, 4}, {1, 5, 1}, {1, 5, 3}});
}

TEST_CASE("EventQueue: nothing is delivered before its cycle", "[numa]") {
  Fixture f;
  CHECK(f.queue.next() == Cycles::never());
  f.queue.schedule(f.from_a, Cycles{10}, 0);
  CHECK(f.queue.next() == Cycles{10});
  f.queue.deliver(Cycles{9});
  CHECK(f.log.empty());
  f.queue.deliver(Cycles{10});
  CHECK(f.log.size() == 1);
  CHECK(f.queue.delivered() == 1);
  CHECK(f.queue.next() == Cycles::never());
}

TEST_CASE("EventQueue: an event scheduled by an event is delivered in the same call if due",
          "[numa]") {
  Fixture f;
  bool done = false;
  f.a.also = [&] {
    if (!std::exchange(done, true)) f.queue.schedule(f.from_b, Cycles{7}, 42);
  };
  f.queue.schedule(f.from_a, Cycles{7}, 0);
  f.queue.schedule(f.from_c, Cycles{7}, 0);
  f.queue.deliver(Cycles{7});
  CHECK(f.log == std::vector<Delivered>{{0, 7, 0}, {1, 7, 42}, {2, 7, 0}});
}

TEST_CASE("EventQueue: cancel drops a source's events and no others", "[numa]") {
  Fixture f;
  f.queue.schedule(f.from_a, Cycles{1}, 0);
  f.queue.schedule(f.from_b, Cycles{2}, 0);
  f.queue.schedule(f.from_a, Cycles{3}, 0);
  f.queue.cancel(f.from_a);
  f.queue.deliver(Cycles{9});
  CHECK(f.log == std::vector<Delivered>{{1, 2, 0}});
}

TEST_CASE("EventQueue: the listener hears of an earlier first event only", "[numa]") {
  struct Listener : EventQueueListener {
    std::vector<std::uint64_t> heard;
    void next_event_is_earlier(Cycles next) override { heard.push_back(next.count()); }
  } listener;
  Fixture f;
  f.queue.set_listener(&listener);
  f.queue.schedule(f.from_a, Cycles{10}, 0);
  f.queue.schedule(f.from_a, Cycles{20}, 0);
  f.queue.schedule(f.from_b, Cycles{10}, 0);
  f.queue.schedule(f.from_a, Cycles{5}, 0);
  CHECK(listener.heard == std::vector<std::uint64_t>{10, 5});
}

TEST_CASE("EventQueue: allocates nothing after it is built", "[numa]") {
  Fixture f;
  f.log.reserve(1000);
  const std::size_t before = allocations;
  for (std::uint64_t round = 0; round < 3; ++round) {
    for (std::uint64_t n = 0; n < 100; ++n) {
      f.queue.schedule(f.from_a, Cycles{n * 7919 % 101}, n);
      f.queue.schedule(f.from_b, Cycles{n * 104729 % 101}, n);
    }
    f.queue.deliver(Cycles{50});
    f.queue.cancel(f.from_b);
    f.queue.deliver(Cycles{101});
  }
  CHECK(allocations == before);
  CHECK(f.queue.delivered() > 300);
}

TEST_CASE("EventQueue: random schedules come out sorted, also through a restore", "[numa]") {
  const unsigned seed = GENERATE(1U, 2U, 3U, 4U);
  INFO("seed " << seed);
  std::mt19937 random{seed};
  Fixture f;
  std::vector<std::tuple<std::uint64_t, unsigned, std::uint64_t>> expected;
  for (std::uint64_t n = 0; n < 100; ++n) {
    const std::uint64_t at = random() % 20;
    const auto source = static_cast<unsigned>(random() % 3);
    f.queue.schedule(EventQueue::Source{source}, Cycles{at}, n);
    expected.emplace_back(at, source, n);
  }
  std::sort(expected.begin(), expected.end());

  Fixture restored;
  copy_state(f.queue, restored.queue);
  CHECK(state_of(f.queue) == state_of(restored.queue));
  for (std::uint64_t until = 0; until < 20; ++until) restored.queue.deliver(Cycles{until});
  REQUIRE(restored.log.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto& [at, source, n] = expected[i];
    CHECK(restored.log[i] == Delivered{source, at, n});
  }
}
