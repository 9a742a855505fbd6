#include "tests/numa/coherence/memory_system_fixture.hpp"

#include <set>
#include <string>

#include "tests/numa/coherence/random.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/state_image.hpp"

using namespace numa;
using namespace numa::coherence;
using common::Cycles;

namespace {

constexpr CpuId kCpu0{0}, kCpu1{1}, kCpu2{2};

/// Four nodes of one CPU, clock 1 GHz: a nanosecond is a cycle.
MemorySystemConfig four_nodes() {
  MemorySystemConfig config;
  config.topology = {4, 1};
  config.memory_per_node = 2 * kMiB;
  config.clock_hz = 1'000'000'000;
  config.latency = {2'000, 50'000, 300'000, 900'000, 1'500'000};
  return config;
}

MachineAddr in_node(std::uint32_t node, std::uint64_t offset) {
  return machine_addr(NodeId{node}, offset);
}

struct Machine {
  explicit Machine(const MemorySystemConfig& c = four_nodes()) : config{c}, system{config, log} {}
  /// Cycles from the instruction to the next, as a microbenchmark of dependent loads sees them.
  std::uint64_t load(CpuId cpu, MachineAddr at) { return use(cpu, AccessKind::kLoad, at); }
  std::uint64_t store(CpuId cpu, MachineAddr at) { return use(cpu, AccessKind::kStore, at); }
  std::uint64_t use(CpuId cpu, AccessKind kind, MachineAddr at) {
    return 1 + system.access(cpu, {kind, VirtAddr{at.bits()}, at}, Cycles{0}).count();
  }
  MemorySystemConfig config;
  test::ListenerLog log;
  MemorySystem system;
};

}  // namespace

TEST_CASE("MemorySystem: each level costs its latency", "[numa]") {
  Machine m;
  const MachineAddr here = in_node(0, 0x1000), there = in_node(1, 0x1000);
  CHECK(m.load(kCpu0, here) == 300);
  CHECK(m.load(kCpu0, here) == 2);
  CHECK(m.load(kCpu0, here + 32) == 50);  // the same secondary line, another primary one
  CHECK(m.load(kCpu0, there) == 900);
  CHECK(m.store(kCpu0, there) == 2);    // exclusive, so nobody need be asked
  CHECK(m.load(kCpu2, there) == 1500);  // dirty in node 0, home in node 1
  CHECK(m.load(kCpu1, there) == 300);   // memory is current again
}

TEST_CASE("MemorySystem: a store to a shared line costs the round of invalidations", "[numa]") {
  Machine m;
  const MachineAddr at = in_node(0, 0x1000);
  m.load(kCpu0, at);
  m.load(kCpu1, at);  // takes the exclusive copy down to shared
  m.load(kCpu2, at);
  CHECK(m.store(kCpu0, at) == 1500);  // copies in nodes 1 and 2
  CHECK(m.system.cache_counters(kCpu1).invalidations == 1);
  CHECK(m.system.cache_counters(kCpu2).invalidations == 1);
  CHECK(m.system.cache_counters(kCpu0).upgrades == 1);
  CHECK(m.store(kCpu0, at) == 2);
}

TEST_CASE("MemorySystem: within one node another CPU's dirty line costs local memory", "[numa]") {
  MemorySystemConfig config = four_nodes();
  config.topology = {2, 2};
  Machine m{config};
  m.store(kCpu0, in_node(0, 0x1000));
  CHECK(m.load(kCpu1, in_node(0, 0x1000)) == 300);
  m.store(kCpu0, in_node(1, 0x1000));
  CHECK(m.load(kCpu1, in_node(1, 0x1000)) == 1500);  // the home is elsewhere and must ask
}

TEST_CASE("MemorySystem: UMA is NUMA with equal latencies", "[numa]") {
  MemorySystemConfig uma = four_nodes(), equal = four_nodes();
  uma.access = MemoryAccess::kUma;
  equal.latency.remote = equal.latency.dirty_remote = equal.latency.local;
  Machine a{uma}, b{equal};
  test::Random random{7};
  for (int i = 0; i < 20'000; ++i) {
    const CpuId cpu{random.below(4)};
    const auto kind = static_cast<AccessKind>(random.below(3));
    const MachineAddr at = in_node(random.below(4), random.below(4096) * 16);
    REQUIRE(a.use(cpu, kind, at) == b.use(cpu, kind, at));
  }
  CHECK(a.system.cpu_counters(kCpu0).stalled[1][2].count() > 0);
}

TEST_CASE("MemorySystem: whoever relies on a line hears that it is lost", "[numa]") {
  Machine m;
  const MachineAddr at = in_node(0, 0x1000);
  const auto only = [&](CpuId cpu, Loss loss) {
    return m.log.lost == std::vector<test::Lost>{{cpu, at, loss}};
  };
  SECTION("a clean exclusive line, to a reader") {
    m.load(kCpu0, at);
    m.load(kCpu1, at);
    CHECK(only(kCpu0, Loss::kDowngraded));
  }
  SECTION("a dirty line, to a reader") {
    m.store(kCpu0, at);
    m.load(kCpu1, at);
    CHECK(only(kCpu0, Loss::kDowngraded));
    CHECK(m.store(kCpu0, at) > 2);  // the right to store went with it
  }
  SECTION("a dirty line, to a writer") {
    m.store(kCpu0, at);
    m.store(kCpu1, at);
    CHECK(only(kCpu0, Loss::kInvalidated));
  }
  SECTION("a shared line, to a writer") {
    m.load(kCpu0, at);
    m.load(kCpu1, at);
    m.log.lost.clear();
    m.store(kCpu1, at);
    CHECK(only(kCpu0, Loss::kInvalidated));
  }
  SECTION("to a device that writes") {
    m.load(kCpu0, at);
    m.system.dma(NodeId{3}, MemorySystem::Direction::kWrite, at, 4, Cycles{0});
    CHECK(only(kCpu0, Loss::kInvalidated));
    CHECK(m.load(kCpu0, at) == 300);
  }
  SECTION("to its own uncached store") {
    m.store(kCpu0, at);
    m.system.uncached(kCpu0, MemorySystem::Direction::kWrite, at, Cycles{0});
    CHECK(only(kCpu0, Loss::kInvalidated));
  }
  SECTION("to a device that reads: memory is current, the copy stays") {
    m.store(kCpu0, at);
    m.system.dma(NodeId{0}, MemorySystem::Direction::kRead, at, 4, Cycles{0});
    CHECK(only(kCpu0, Loss::kDowngraded));
    CHECK(m.load(kCpu0, at) == 2);
  }
  SECTION("to replacement") {
    m.load(kCpu0, at);
    m.load(kCpu0, at + 512 * kKiB);
    m.load(kCpu0, at + 1024 * kKiB);
    CHECK(only(kCpu0, Loss::kReplaced));
  }
  SECTION("to the CACHE instruction") {
    m.store(kCpu0, at);
    m.system.hit_invalidate(kCpu0, MemorySystem::Cache::kSecondary, VirtAddr{at.bits()}, at,
                            Cycles{0});
    CHECK(only(kCpu0, Loss::kReplaced));
    CHECK(m.system.node_counters(NodeId{0}).writebacks == 1);
  }
}

TEST_CASE("MemorySystem: another virtual index takes the older copy out of the primary cache",
          "[numa]") {
  Machine m;
  const MachineAddr at = in_node(0, 0x1000);
  const VirtAddr one{0x1000}, other{0x2000};
  const auto use = [&](VirtAddr va) {
    return 1 + m.system.access(kCpu0, {AccessKind::kLoad, va, at}, Cycles{0}).count();
  };
  use(one);
  CHECK(use(other) == 50);
  CHECK(m.system.cache_counters(kCpu0).aliases == 1);
  CHECK(m.log.lost == std::vector<test::Lost>{{kCpu0, at, Loss::kPrimaryOnly}});
  CHECK(use(one) == 50);  // gone, though nobody needed its place
}

TEST_CASE("MemorySystem: CACHE operations by index find what is there", "[numa]") {
  using Cache = MemorySystem::Cache;
  Machine m;
  const MachineAddr at = in_node(0, 0x1000);
  const VirtAddr va{at.bits()};
  m.store(kCpu0, at);
  CHECK(m.system.index_load_tag(kCpu0, Cache::kPrimaryData, va, MachineAddr{}, 0).at == at);
  CHECK(m.system.index_load_tag(kCpu0, Cache::kPrimaryData, va, MachineAddr{}, 0).state ==
        CacheState::kDirtyExclusive);
  CHECK(m.system.index_load_tag(kCpu0, Cache::kPrimaryInstruction, va, MachineAddr{}, 0).state ==
        CacheState::kInvalid);
  CHECK(m.system.index_load_tag(kCpu0, Cache::kSecondary, va, at, 0).state ==
        CacheState::kDirtyExclusive);
  CHECK(m.system.index_load_tag(kCpu0, Cache::kSecondary, va, at, 1).state == CacheState::kInvalid);
  CHECK(m.system.index_load_tag(kCpu0, Cache::kSecondary, va, at, 77).state ==
        CacheState::kInvalid);
  m.system.index_invalidate(kCpu0, Cache::kPrimaryData, va, MachineAddr{}, 0, Cycles{0});
  CHECK(m.log.lost == std::vector<test::Lost>{{kCpu0, at, Loss::kPrimaryOnly}});
  CHECK(m.load(kCpu0, at) == 50);
  m.system.index_invalidate(kCpu0, Cache::kSecondary, va, at, 0, Cycles{0});
  CHECK(m.load(kCpu0, at) == 300);
}

TEST_CASE("MemorySystem: uncached accesses to devices cost their distance and touch no cache",
          "[numa]") {
  Machine m;
  CHECK(m.system.uncached(kCpu0, MemorySystem::Direction::kRead, in_node(0, kUartAt), Cycles{0}) ==
        Cycles{299});
  CHECK(m.system.uncached(kCpu0, MemorySystem::Direction::kRead, in_node(1, kControllerAt),
                          Cycles{0}) == Cycles{899});
  CHECK(m.system.node_counters(NodeId{1}).uncached == 0);
}

TEST_CASE("MemorySystem: what uncached accesses wait in queues is counted as such", "[numa]") {
  MemorySystemConfig config = four_nodes();
  config.occupancy = {true, 100'000, 0};
  Machine m{config};
  const auto read = [&] {
    return m.system.uncached(kCpu0, MemorySystem::Direction::kRead, in_node(0, 0x1000), Cycles{0});
  };
  CHECK(read() == Cycles{299});
  CHECK(m.system.cpu_counters(kCpu0).queued == Cycles{0});
  CHECK(read() == Cycles{399});  // behind the first one
  CHECK(m.system.cpu_counters(kCpu0).queued == Cycles{100});
  CHECK(m.system.cpu_counters(kCpu0).uncached_stalled == Cycles{698});
}

TEST_CASE("MemorySystem: a restored state goes on as the original does", "[numa]") {
  MemorySystemConfig config = four_nodes();
  config.occupancy.modelled = true;
  Machine a{config}, b{config};
  test::Random random{11};
  const auto run = [](Machine& m, test::Random& r, int steps, std::uint64_t begin) {
    std::uint64_t sum = 0;
    for (int i = 0; i < steps; ++i) {
      const CpuId cpu{r.below(4)};
      const MachineAddr at = in_node(r.below(4), r.below(1 << 15) * 32);
      sum = sum * 31 + m.system
                           .access(cpu,
                                   {static_cast<AccessKind>(r.below(3)), VirtAddr{at.bits()}, at},
                                   Cycles{begin + static_cast<std::uint64_t>(i) * 40})
                           .count();
    }
    return sum;
  };
  run(a, random, 50'000, 0);
  const auto words = test::take_state(a.system);
  test::give_state(b.system, words);
  CHECK(b.system.contradiction() == nullptr);
  CHECK(test::take_state(b.system) == words);
  test::Random again = random;
  CHECK(run(a, random, 20'000, 2'000'000) == run(b, again, 20'000, 2'000'000));
}

TEST_CASE("MemorySystem: states that no machine ever was are recognised", "[numa]") {
  MemorySystemConfig config = four_nodes();
  config.primary_instruction = config.primary_data = {1 * kKiB, 2, 32};
  config.secondary = {16 * kKiB, 2, 128};
  config.topology = {1, 2};
  config.memory_per_node = 2 * kMiB;
  Machine m{config};
  test::Random random{13};
  for (int i = 0; i < 5000; ++i)
    m.use(CpuId{random.below(2)}, static_cast<AccessKind>(random.below(3)),
          in_node(0, random.below(2048) * 16));
  REQUIRE(m.system.contradiction() == nullptr);
  const auto words = test::take_state(m.system);
  std::vector<std::size_t> used;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] != 0) used.push_back(i);
  }
  unsigned refused = 0, tried = 0;
  // Bits of the tags and of directory entries in use; a byte of the image is a word of `words`.
  for (int i = 0; i < 400; ++i) {
    auto wrong = words;
    const std::size_t at = used[random.below(static_cast<std::uint32_t>(used.size()))];
    wrong[at] =
        wrong[at] > 0xff ? wrong[at] ^ (std::uint64_t{1} << (16 + random.below(6))) : wrong[at] ^ 1;
    Machine other{config};
    test::give_state(other.system, wrong);
    ++tried;
    if (other.system.contradiction() != nullptr) {
      ++refused;
      continue;
    }
    // What is accepted must run: no pair that the tables call impossible.
    for (int k = 0; k < 2000; ++k)
      other.use(CpuId{random.below(2)}, static_cast<AccessKind>(random.below(3)),
                in_node(0, random.below(2048) * 16));
  }
  INFO(refused << " of " << tried << " refused");
  CHECK(refused > tried / 2);
}

TEST_CASE("MemorySystem: parameters out of range are refused by name", "[numa]") {
  const auto where = [](auto change) {
    MemorySystemConfig config;
    change(config);
    const auto checked = check_config(config);
    return checked ? std::string{} : checked.error().where;
  };
  CHECK(where([](MemorySystemConfig&) {}) == "");
  CHECK(where([](auto& c) { c.topology = {64, 1}; }) == "");
  CHECK(where([](auto& c) { c.topology = {64, 2}; }) == "topology");
  CHECK(where([](auto& c) { c.clock_hz = 0; }) == "clock_hz");
  CHECK(where([](auto& c) { c.memory_per_node = 5000; }) == "memory_per_node");
  CHECK(where([](auto& c) { c.primary_data.bytes = 48 * kKiB; }) == "primary_data.bytes");
  CHECK(where([](auto& c) { c.primary_instruction.ways = 3; }) == "primary_instruction.ways");
  CHECK(where([](auto& c) { c.secondary.line = 1024; }) == "secondary.line");
  CHECK(where([](auto& c) { c.secondary.bytes = 16 * kKiB; }) == "secondary");
  CHECK(where([](auto& c) { c.latency.remote = c.latency.local - 1; }) == "latency.remote");
  CHECK(where([](auto& c) { c.latency.primary = 0; }) == "latency.primary");
  CHECK(where([](auto& c) { c.occupancy.network = 200'000'000; }) == "occupancy");
}

TEST_CASE("MemorySystem: every counter has a name of its own and a sentence", "[numa]") {
  struct Sink : common::CounterSink {
    void counter(const common::CounterInfo& info, std::uint64_t) override {
      INFO(info.name);
      CHECK(names.insert(std::string{info.name}).second);
      CHECK(!info.what.empty());
      CHECK(info.what.back() == '.');
    }
    std::set<std::string> names;
  };
  Machine m;
  Sink sink;
  m.system.counters(kCpu0, sink);
  m.system.counters(kCpu0, Mode::kUser, sink);
  m.system.counters(NodeId{0}, sink);
  CHECK(sink.names.size() > 30);
}
