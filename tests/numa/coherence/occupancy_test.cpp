// The occupancy model beside queueing theory and beside a queue simulated in order.
#include <algorithm>
#include <cmath>
#include <vector>

#include "numa/coherence/occupancy.hpp"
#include "tests/numa/coherence/memory_system_fixture.hpp"
#include "tests/numa/coherence/random.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/state_image.hpp"

using namespace numa;
using namespace numa::coherence;
using common::Cycles;

namespace {

struct Arrival {
  std::uint64_t at;
  std::uint32_t who;
};

/// Two sources of Poisson arrivals, each with half of the load, in order of time.
std::vector<Arrival> poisson(double load, double service, std::size_t count, test::Random& random) {
  std::vector<Arrival> all;
  for (std::uint32_t who = 0; who < 2; ++who) {
    double now = 0;
    for (std::size_t i = 0; i < count / 2; ++i) {
      const double uniform = (static_cast<double>(random.next() >> 11) + 0.5) / 9007199254740992.0;
      now -= std::log(uniform) * 2 * service / load;
      all.push_back({static_cast<std::uint64_t>(now), who});
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Arrival& a, const Arrival& b) { return a.at < b.at; });
  return all;
}

/// As the machine simulates them: a quantum of the one, then the same quantum of the other.
void by_quantum(std::vector<Arrival>& all, std::uint64_t quantum) {
  std::stable_sort(all.begin(), all.end(), [=](const Arrival& a, const Arrival& b) {
    const std::uint64_t qa = a.at / quantum, qb = b.at / quantum;
    return qa != qb ? qa < qb : a.who != b.who ? (a.who < b.who) != (qa % 2 == 1) : a.at < b.at;
  });
}

std::uint64_t waited_in_order(const std::vector<Arrival>& all, std::uint64_t service) {
  std::uint64_t free = 0, waited = 0;
  for (const Arrival& a : all) {
    const std::uint64_t start = std::max(free, a.at);
    waited += start - a.at;
    free = start + service;
  }
  return waited;
}

}  // namespace

TEST_CASE("OccupancyQueue: messages wait for those before them", "[numa]") {
  OccupancyQueue queue{Cycles{10}};
  CHECK(queue.arrive(Cycles{100}) == Cycles{0});
  CHECK(queue.arrive(Cycles{105}) == Cycles{5});
  CHECK(queue.arrive(Cycles{105}) == Cycles{15});
  CHECK(queue.arrive(Cycles{200}) == Cycles{0});
  // Late: it arrived at 96, is served at once, and pushes the three of the first burst back by 6.
  CHECK(queue.arrive(Cycles{96}) == Cycles{18});
  CHECK(queue.served() == 5);
  CHECK(queue.waited() == Cycles{38});
}

TEST_CASE("OccupancyQueue: the sum of all delays does not depend on the order of simulation",
          "[numa]") {
  test::Random random{3};
  for (const double load : {0.3, 0.7, 0.95}) {
    auto arrivals = poisson(load, 40, 20'000, random);
    const std::uint64_t exact = waited_in_order(arrivals, 40);
    by_quantum(arrivals, 360);
    OccupancyQueue queue{Cycles{40}};
    for (const Arrival& a : arrivals) queue.arrive(Cycles{a.at});
    INFO("load " << load);
    CHECK(queue.waited().count() == exact);
  }
}

TEST_CASE(
    "OccupancyQueue: a restored one goes on as the original, also before all that it remembers",
    "[numa]") {
  test::Random random{7};
  OccupancyQueue original{Cycles{10}};
  std::uint64_t now = 1000;
  for (std::size_t n = 0; n < OccupancyQueue::kRemembered + 200; ++n)
    original.arrive(Cycles{now += random.below(30)});
  OccupancyQueue restored{Cycles{10}};
  for (int n = 0; n < 3; ++n) restored.arrive(Cycles{5});  // must be forgotten
  ::test::give_state(restored, ::test::take_state(original));
  REQUIRE(::test::take_state(restored) == ::test::take_state(original));
  CHECK(restored.arrive(Cycles{1}) == original.arrive(Cycles{1}));
  CHECK(::test::take_state(restored) == ::test::take_state(original));
  for (int n = 0; n < 2000; ++n) {
    const Cycles at{random.below(4) == 0 ? random.next() % now : now += random.below(30)};
    REQUIRE(restored.arrive(at) == original.arrive(at));
  }
  CHECK(::test::take_state(restored) == ::test::take_state(original));
}

TEST_CASE("OccupancyQueue: a server without service time delays nobody", "[numa]") {
  OccupancyQueue queue{Cycles{0}};
  for (int i = 0; i < 10; ++i) CHECK(queue.arrive(Cycles{5}) == Cycles{0});
}

TEST_CASE("MemorySystem: two nodes hammering one controller wait as M/D/1 says", "[numa][model]") {
  for (const bool quantum : {false, true}) {
    for (const double load : {0.1, 0.3, 0.5, 0.7, 0.78}) {
      MemorySystemConfig config;
      config.topology = {3, 1};
      config.memory_per_node = 16 * kMiB;
      config.secondary = {64 * kKiB, 2, 128};
      config.occupancy = {true, 100'000, 0};
      test::ListenerLog log;
      MemorySystem system{config, log};
      test::Random random{static_cast<std::uint64_t>(load * 1000)};
      const double service = 40;  // cycles at 400 MHz
      auto arrivals = poisson(load, service, 200'000, random);
      if (quantum) by_quantum(arrivals, 360);
      std::uint64_t line[2] = {0, 0};
      for (const Arrival& a : arrivals) {
        // Each sweeps its own half of node 0's memory: every load misses.
        const MachineAddr at{(a.who * 8 * kMiB) + line[a.who]++ % (8 * kMiB / 128) * 128};
        system.access(CpuId{a.who + 1}, {AccessKind::kLoad, VirtAddr{at.bits()}, at}, Cycles{a.at});
      }
      const double measured =
          static_cast<double>(system.controller_queue(NodeId{0}).waited().count()) / 200'000;
      const double theory = load * service / (2 * (1 - load));
      INFO("load " << load << (quantum ? ", by quantum" : ", in order") << ": measured " << measured
                   << ", M/D/1 " << theory);
      // 200,000 arrivals by chance: measured are 0.5 % to 1.6 %.
      CHECK(std::abs(measured - theory) < 0.03 * theory);
      const std::uint64_t charged =
          (system.cpu_counters(CpuId{1}).queued + system.cpu_counters(CpuId{2}).queued).count();
      CHECK(charged == system.controller_queue(NodeId{0}).waited().count());
    }
  }
}
