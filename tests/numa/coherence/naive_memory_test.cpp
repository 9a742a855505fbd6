// The memory system beside the naive model, on random streams.
#include <algorithm>
#include <sstream>

#include "tests/numa/coherence/memory_system_fixture.hpp"
#include "tests/numa/coherence/naive_memory.hpp"
#include "tests/numa/coherence/random.hpp"
#include "tests/support/catch.hpp"

using namespace numa;
using namespace numa::coherence;
using test::NaiveFound;
using test::NaiveKind;

namespace {

/// Both models and the stream that drives them.
class Pair {
 public:
  Pair(const MemorySystemConfig& config, std::uint64_t seed)
      : config_{config},
        system_{config, log_},
        naive_{naive_shape(config)},
        random_{seed},
        recent_(config.topology.cpus()) {}

  void run(std::uint64_t steps) {
    for (std::uint64_t i = 0; i < steps; ++i) {
      step();
      if (i % 5000 == 0) {
        const char* const wrong = system_.contradiction();
        INFO((wrong == nullptr ? "" : wrong));
        REQUIRE(wrong == nullptr);
      }
    }
  }

  void compare() {
    for (std::uint32_t cpu = 0; cpu < config_.topology.cpus(); ++cpu) compare_cpu(cpu);
    for (std::uint32_t node = 0; node < config_.topology.nodes; ++node) compare_node(node);
    REQUIRE(log_.pages.size() == naive_.pages.size());
    for (const auto& [page, counts] : naive_.pages) {
      const test::PageRequests& ours = log_.pages[page];
      REQUIRE((test::NaivePageCounts{ours.reads, ours.writes, ours.upgrades} == counts));
    }
  }

  /// So that equal zeros prove nothing.
  void require_everything_happened() const {
    test::NaiveCpuCounts sum;
    for (const test::NaiveCpuCounts& c : naive_.cpus) {
      sum.aliases += c.aliases;
      sum.primary_writebacks += c.primary_writebacks;
      sum.upgrades += c.upgrades;
      sum.writebacks += c.writebacks;
      sum.clean_replacements += c.clean_replacements;
      sum.shared_replacements += c.shared_replacements;
      sum.invalidations += c.invalidations;
      sum.interventions += c.interventions;
      sum.secondary_hits += c.secondary_hits;
    }
    for (const std::uint64_t count : {sum.aliases, sum.primary_writebacks, sum.writebacks,
                                      sum.clean_replacements, sum.secondary_hits}) {
      REQUIRE(count > 100);
    }
    if (naive_.cpus.size() == 1) return;
    for (const std::uint64_t count :
         {sum.upgrades, sum.shared_replacements, sum.invalidations, sum.interventions})
      REQUIRE(count > 100);
    for (const std::uint64_t times : found_) REQUIRE(times > 100);
  }

 private:
  static test::NaiveShape naive_shape(const MemorySystemConfig& c) {
    const auto cache = [](const CacheGeometry& g) {
      return test::NaiveShape::Cache{g.bytes, g.ways, g.line};
    };
    return {c.topology.nodes, c.topology.cpus_per_node, cache(c.primary_instruction),
            cache(c.primary_data), cache(c.secondary)};
  }

  /// Machine address and one of its two virtual ones; half of the accesses stay near an earlier
  /// one.
  struct Place {
    MachineAddr at;
    VirtAddr va;
  };
  Place draw(std::uint32_t cpu) {
    if (random_.one_in(2)) {
      const std::uint64_t near = random_.below(8) * 16;
      Place place = recent_[cpu];
      if (place.at.offset_in(kPageSize) + near < kPageSize)
        place = {place.at + near, place.va + near};
      return place;
    }
    const std::uint32_t node = random_.below(config_.topology.nodes);
    const std::uint64_t page = random_.below(12);  // of each node
    const std::uint64_t offset = random_.below(64) * 64 + random_.below(16) * 4;
    const std::uint64_t alias = random_.one_in(8) ? 0x5000 : 0;
    Place place{machine_addr(NodeId{node}, page * kPageSize + offset),
                VirtAddr{(page * kPageSize + offset) ^ alias}};
    recent_[cpu] = place;
    return place;
  }

  void step() {
    const std::uint32_t cpu = random_.below(config_.topology.cpus());
    const Place place = draw(cpu);
    const std::uint32_t dice = random_.below(1000);
    if (dice < 10) return uncached(cpu, place, random_.one_in(2));
    if (dice < 14) return dma(place, random_.one_in(2));
    if (dice < 18) {
      system_.hit_invalidate(CpuId{cpu}, MemorySystem::Cache::kSecondary, place.va, place.at,
                             Cycles{0});
      return naive_.flush(cpu, place.at.bits());
    }
    if (dice < 22) {
      const bool instruction = random_.one_in(2);
      system_.hit_invalidate(CpuId{cpu},
                             instruction ? MemorySystem::Cache::kPrimaryInstruction
                                         : MemorySystem::Cache::kPrimaryData,
                             place.va, place.at, Cycles{0});
      return naive_.flush_primary(cpu, instruction, place.va.bits(), place.at.bits());
    }
    const std::uint32_t kind = random_.below(4);  // two of four are loads
    const Cycles stall = system_.access(CpuId{cpu},
                                        {kind == 0   ? AccessKind::kFetch
                                         : kind == 3 ? AccessKind::kStore
                                                     : AccessKind::kLoad,
                                         place.va, place.at},
                                        Cycles{0});
    const bool is_fetch = kind == 0;
    require_stall(stall,
                  naive_.access(cpu,
                                kind == 0   ? NaiveKind::kFetch
                                : kind == 3 ? NaiveKind::kStore
                                            : NaiveKind::kLoad,
                                place.va.bits(), place.at.bits()),
                  is_fetch);
  }

  void uncached(std::uint32_t cpu, const Place& place, bool write) {
    const Cycles stall = system_.uncached(
        CpuId{cpu}, write ? MemorySystem::Direction::kWrite : MemorySystem::Direction::kRead,
        place.at, Cycles{0});
    require_stall(stall, naive_.uncached(index_of(config_.topology.node_of(CpuId{cpu})), write,
                                         place.at.bits()));
  }
  void dma(const Place& place, bool write) {
    const std::uint32_t device = random_.below(config_.topology.nodes);
    const std::uint64_t line = config_.secondary.line;
    const MachineAddr begin = place.at.aligned_down(line);
    system_.dma(NodeId{device},
                write ? MemorySystem::Direction::kWrite : MemorySystem::Direction::kRead, begin,
                2 * line, Cycles{0});
    naive_.uncached(device, write, begin.bits());
    naive_.uncached(device, write, begin.bits() + line);
  }

  void require_stall(Cycles stall, NaiveFound found, bool is_fetch = false) {
    const MemoryLatencies& l = config_.latency;
    const std::uint64_t ps[] = {l.primary, l.secondary, l.local, l.remote, l.dirty_remote};
    ++found_[static_cast<std::size_t>(found)];
    if (is_fetch && found == NaiveFound::kPrimary && stall == Cycles{0}) return;
    if (stall + Cycles{1} == cycles_of(ps[static_cast<std::size_t>(found)], config_.clock_hz))
      return;
    INFO("stall " << stall.count() << ", the naive model found it at level "
                  << static_cast<int>(found));
    REQUIRE(false);
  }

  void compare_cpu(std::uint32_t cpu) {
    const CacheCounters& a = system_.cache_counters(CpuId{cpu});
    const test::NaiveCpuCounts& b = naive_.cpus[cpu];
    INFO("cpu " << cpu);
    for (unsigned kind = 0; kind < kAccessKinds; ++kind) {
      REQUIRE(a.primary_misses[kind] == b.primary_misses[kind]);
      REQUIRE(a.secondary_misses[kind] == b.secondary_misses[kind]);
    }
    REQUIRE(a.primary_writebacks == b.primary_writebacks);
    REQUIRE(a.aliases == b.aliases);
    REQUIRE(a.secondary_hits == b.secondary_hits);
    REQUIRE(a.upgrades == b.upgrades);
    REQUIRE(a.writebacks == b.writebacks);
    REQUIRE(a.clean_replacements == b.clean_replacements);
    REQUIRE(a.shared_replacements == b.shared_replacements);
    REQUIRE(a.invalidations == b.invalidations);
    REQUIRE(a.interventions == b.interventions);
  }
  void compare_node(std::uint32_t node) {
    const NodeMemoryCounters& a = system_.node_counters(NodeId{node});
    const test::NaiveNodeCounts& b = naive_.nodes[node];
    INFO("node " << node);
    REQUIRE(a.requests_local == b.requests_local);
    REQUIRE(a.requests_remote == b.requests_remote);
    REQUIRE(a.uncached == b.uncached);
    REQUIRE(a.writebacks == b.writebacks);
    REQUIRE(a.interventions == b.interventions);
    REQUIRE(a.invalidations == b.invalidations);
  }

  MemorySystemConfig config_;
  test::ListenerLog log_;
  MemorySystem system_;
  test::NaiveMemory naive_;
  test::Random random_;
  std::vector<Place> recent_;
  std::uint64_t found_[5] = {};
};

MemorySystemConfig shaped(std::uint32_t nodes, std::uint32_t cpus_per_node,
                          const CacheGeometry& instruction, const CacheGeometry& data,
                          const CacheGeometry& secondary) {
  MemorySystemConfig config;
  config.topology = {nodes, cpus_per_node};
  config.memory_per_node = 2 * kMiB;
  config.primary_instruction = instruction;
  config.primary_data = data;
  config.secondary = secondary;
  return config;
}

void compare_at_length(std::uint64_t steps, std::uint64_t seed) {
  // Way sizes of 4, 8 and 16 KB: one, two and four virtual colours.
  const MemorySystemConfig shapes[] = {
      shaped(1, 1, {8 * kKiB, 2, 64}, {16 * kKiB, 2, 32}, {16 * kKiB, 2, 128}),
      shaped(2, 1, {16 * kKiB, 2, 64}, {16 * kKiB, 2, 32}, {32 * kKiB, 2, 128}),
      shaped(4, 2, {32 * kKiB, 2, 64}, {32 * kKiB, 2, 32}, {64 * kKiB, 4, 64}),
      shaped(16, 4, {8 * kKiB, 1, 32}, {8 * kKiB, 1, 16}, {16 * kKiB, 1, 256}),
  };
  for (const MemorySystemConfig& config : shapes) {
    INFO(config.topology.nodes << " nodes, seed " << seed);
    Pair pair{config, seed};
    pair.run(steps);
    pair.compare();
    if (steps >= 100'000) pair.require_everything_happened();
  }
}

}  // namespace

TEST_CASE(
    "MemorySystem: hits, misses, write-backs, interventions and page counts are those of a naive "
    "model",
    "[numa][model]") {
  compare_at_length(100'000, 1);
}

TEST_CASE("MemorySystem: the naive model agrees over ten million accesses", "[.][numa][model]") {
  for (std::uint64_t seed = 2; seed < 7; ++seed) compare_at_length(500'000, seed);
}
