// Names and sentences of the memory system's counters.
#include <array>

#include "numa/coherence/memory_system.hpp"

namespace numa {
using namespace coherence;

const CacheCounters& MemorySystem::cache_counters(CpuId cpu) const {
  return caches_[index_of(cpu)].counters();
}

void MemorySystem::counters(CpuId cpu, CounterSink& sink) const {
  const CacheCounters& c = cache_counters(cpu);
  const auto count = [&](std::string_view name, std::uint64_t value, std::string_view what) {
    sink.counter({name, "count", what}, value);
  };
  count("cache.primary.misses.fetch", c.primary_misses[0],
        "Fetches whose line was not in the primary instruction cache.");
  count("cache.primary.misses.load", c.primary_misses[1],
        "Loads whose line was not in the primary data cache.");
  count("cache.primary.misses.store", c.primary_misses[2],
        "Stores whose line was not in the primary data cache.");
  count("cache.primary.writebacks", c.primary_writebacks,
        "Lines stored to that left the primary data cache.");
  count("cache.primary.aliases", c.aliases,
        "Lines taken out of primary caches because another virtual index wanted them.");
  count("cache.secondary.hits", c.secondary_hits,
        "Primary misses that hit in the secondary cache.");
  count("cache.secondary.misses.fetch", c.secondary_misses[0],
        "Fetches that missed in the secondary cache.");
  count("cache.secondary.misses.load", c.secondary_misses[1],
        "Loads that missed in the secondary cache.");
  count("cache.secondary.misses.store", c.secondary_misses[2],
        "Stores that missed in the secondary cache.");
  count("cache.secondary.upgrades", c.upgrades, "Stores to a line that other caches may share.");
  count("cache.secondary.writebacks", c.writebacks, "Dirty lines replaced.");
  count("cache.secondary.replaced.exclusive", c.clean_replacements,
        "Clean exclusive lines replaced.");
  count("cache.secondary.replaced.shared", c.shared_replacements, "Shared lines dropped.");
  count("cache.invalidations", c.invalidations, "Invalidations received for a line held.");
  count("cache.interventions", c.interventions, "Interventions received.");
}

CpuMemoryCounters MemorySystem::cpu_counters(CpuId cpu) const {
  CpuMemoryCounters sum;
  for (unsigned mode = 0; mode < kModes; ++mode) {
    const CpuMemoryCounters& one = cpu_counters(cpu, static_cast<Mode>(mode));
    for (unsigned kind = 0; kind < kAccessKinds; ++kind) {
      for (unsigned found = 0; found < kMissClasses; ++found) {
        sum.misses[kind][found] += one.misses[kind][found];
        sum.stalled[kind][found] += one.stalled[kind][found];
      }
    }
    sum.queued += one.queued;
    sum.uncached += one.uncached;
    sum.uncached_stalled += one.uncached_stalled;
  }
  return sum;
}

void MemorySystem::counters(CpuId cpu, Mode mode, CounterSink& sink) const {
  const CpuMemoryCounters& m = cpu_counters(cpu, mode);
  struct Names {
    std::string_view misses, stalled, what;
  };
  static constexpr Names kNames[kMissClasses][kAccessKinds] = {
      {{"memory.references.secondary.fetch", "memory.stall.secondary.fetch",
        "Fetches served by the secondary cache."},
       {"memory.references.secondary.load", "memory.stall.secondary.load",
        "Loads served by the secondary cache."},
       {"memory.references.secondary.store", "memory.stall.secondary.store",
        "Stores served by the secondary cache."}},
      {{"memory.references.local.fetch", "memory.stall.local.fetch",
        "Fetches served by the memory of the processor's own node."},
       {"memory.references.local.load", "memory.stall.local.load",
        "Loads served by the memory of the processor's own node."},
       {"memory.references.local.store", "memory.stall.local.store",
        "Stores served by the memory of the processor's own node."}},
      {{"memory.references.remote.fetch", "memory.stall.remote.fetch",
        "Fetches served by another node's memory."},
       {"memory.references.remote.load", "memory.stall.remote.load",
        "Loads served by another node's memory."},
       {"memory.references.remote.store", "memory.stall.remote.store",
        "Stores served by another node's memory."}},
      {{"memory.references.dirty.fetch", "memory.stall.dirty.fetch",
        "Fetches that needed another node's cache."},
       {"memory.references.dirty.load", "memory.stall.dirty.load",
        "Loads that needed another node's cache."},
       {"memory.references.dirty.store", "memory.stall.dirty.store",
        "Stores that needed another node's cache."}},
  };
  for (unsigned found = 0; found < kMissClasses; ++found) {
    for (unsigned kind = 0; kind < kAccessKinds; ++kind) {
      const Names& names = kNames[found][kind];
      sink.counter({names.misses, "count", names.what}, m.misses[kind][found]);
      sink.counter({names.stalled, "cycles", "What they stalled, queueing included."},
                   m.stalled[kind][found].count());
    }
  }
  sink.counter(
      {"memory.stall.queued", "cycles", "The part of all stalls that was waiting in queues."},
      m.queued.count());
  sink.counter({"memory.references.uncached", "count", "Uncached accesses to RAM and devices."},
               m.uncached);
  sink.counter({"memory.stall.uncached", "cycles", "What they stalled."},
               m.uncached_stalled.count());
}

void MemorySystem::counters(NodeId node, CounterSink& sink) const {
  const NodeMemoryCounters& n = node_counters(node);
  const auto count = [&](std::string_view name, std::uint64_t value, std::string_view what) {
    sink.counter({name, "count", what}, value);
  };
  count("home.requests.local", n.requests_local,
        "Misses and upgrades of the node's own CPUs in its memory.");
  count("home.requests.remote", n.requests_remote,
        "Misses and upgrades of other nodes' CPUs in its memory.");
  count("home.uncached", n.uncached, "Uncached accesses and DMA to its memory, by line.");
  count("home.writebacks", n.writebacks, "Dirty lines put back into its memory.");
  count("home.interventions", n.interventions, "Owners asked for a line of its memory.");
  count("home.invalidations", n.invalidations, "Copies of its memory's lines invalidated.");
  const OccupancyQueue& controller = controller_queue(node);
  const OccupancyQueue& network = network_queue(node);
  sink.counter({"controller.busy", "cycles", "What its memory controller was busy."},
               controller.busy().count());
  sink.counter({"controller.queued", "cycles", "What messages waited for its memory controller."},
               controller.waited().count());
  sink.counter({"network.busy", "cycles", "What its way into the network was busy."},
               network.busy().count());
  sink.counter({"network.queued", "cycles", "What messages waited for its way into the network."},
               network.waited().count());
}

}  // namespace numa
