#include "machine/caches.hpp"

#include <algorithm>

#include "hardware/board/magic_registers.hpp"

namespace machine {
namespace {

using Cache = numa::MemorySystem::Cache;

Cache cache_named(cpu::CacheName name) {
  switch (name) {
    case cpu::CacheName::kPrimaryInstruction: return Cache::kPrimaryInstruction;
    case cpu::CacheName::kPrimaryData: return Cache::kPrimaryData;
    case cpu::CacheName::kSecondary: break;
  }
  return Cache::kSecondary;
}

cpu::PrimaryTags view_of(const numa::coherence::PrimaryCache& cache) {
  return {cache.tags(), cache.sets(), cache.ways(), cache.line_shift()};
}

/// Index operations of the secondary cache select the set by the low bits of the address as it is
/// written.
MachineAddr index_address(VirtAddr va) {
  return MachineAddr{va.bits() & ((std::uint64_t{1} << 40) - 1)};
}
/// ... and the way by its lowest bit; more than two ways take as many bits as they need (ours).
std::uint32_t way_of(VirtAddr va, std::uint32_t ways) {
  return static_cast<std::uint32_t>(va.bits() & (ways - 1));
}

}  // namespace

numa::MemorySystemConfig memory_system_of(const MachineConfig& config) {
  numa::MemorySystemConfig system = config.memory_system;
  system.topology = numa::Topology{config.nodes, config.cpus_per_node};
  system.memory_per_node = config.memory_per_node;
  system.clock_hz = config.clock_hz;
  return system;
}

std::uint32_t remote_distance(const MachineConfig& config) {
  constexpr std::uint64_t kLocal = hardware::controller::kLocalDistance, kMost = 254;
  const numa::MemorySystemConfig& system = config.memory_system;
  const std::uint64_t local = std::max<std::uint64_t>(system.latency.local, 1);
  const std::uint64_t remote =
      system.access == numa::MemoryAccess::kUma ? local : system.latency.remote;
  return static_cast<std::uint32_t>(
      std::clamp((kLocal * remote + local / 2) / local, kLocal + 1, kMost));
}

MachineCaches::MachineCaches(const MachineConfig& config, numa::MemorySystemListener& listener)
    : system_{memory_system_of(config), listener} {}

cpu::PrimaryTags MachineCaches::instruction_tags(CpuId cpu) const {
  return view_of(system_.primary_instruction(cpu));
}

/// Where a hit takes time, the processor must ask each time.
cpu::PrimaryTags MachineCaches::data_tags(CpuId cpu) const {
  return system_.primary_stall() == Cycles{0} ? view_of(system_.primary_data(cpu))
                                              : cpu::PrimaryTags{};
}

cpu::CachePort::Outcome MachineCaches::cached(CpuId cpu, Use use, Mode mode, VirtAddr va,
                                              MachineAddr at, Cycles now) {
  using numa::coherence::AccessKind;
  static_assert(static_cast<int>(Use::kStore) == static_cast<int>(AccessKind::kStore));
  const auto kind = static_cast<std::size_t>(use);
  const numa::coherence::CacheCounters& counters = system_.cache_counters(cpu);
  const std::uint64_t primary = counters.primary_misses[kind],
                      secondary = counters.secondary_misses[kind], upgrades = counters.upgrades;
  const Cycles stall = system_.access(cpu, {static_cast<AccessKind>(use), va, at, mode}, now);
  return {stall, counters.primary_misses[kind] != primary,
          counters.secondary_misses[kind] != secondary, counters.upgrades != upgrades};
}

Cycles MachineCaches::uncached(CpuId cpu, Use use, Mode mode, MachineAddr at, Cycles now) {
  using Direction = numa::MemorySystem::Direction;
  return system_.uncached(cpu, use == Use::kStore ? Direction::kWrite : Direction::kRead, at, now,
                          mode);
}

cpu::CachePort::Done MachineCaches::hit_invalidate(CpuId cpu, cpu::CacheName name, VirtAddr va,
                                                   MachineAddr at, Cycles now) {
  const Cache cache = cache_named(name);
  const bool hit = system_.holds(cpu, cache, va, at);
  return {system_.hit_invalidate(cpu, cache, va, at, now), hit};
}

Cycles MachineCaches::index_invalidate(CpuId cpu, cpu::CacheName name, VirtAddr va, Cycles now) {
  const Cache cache = cache_named(name);
  return system_.index_invalidate(cpu, cache, va, index_address(va),
                                  way_of(va, system_.ways(cache)), now);
}

cpu::CachePort::Tag MachineCaches::index_load_tag(CpuId cpu, cpu::CacheName name, VirtAddr va) {
  const Cache cache = cache_named(name);
  const auto tag =
      system_.index_load_tag(cpu, cache, va, index_address(va), way_of(va, system_.ways(cache)));
  if (tag.state == numa::coherence::CacheState::kInvalid) return {};
  Tag shown;
  shown.at = tag.at;
  shown.virtual_index = tag.primary_index;
  shown.is_written = tag.is_written;
  shown.secondary_way = static_cast<std::uint8_t>(tag.secondary_way);
  switch (tag.state) {
    case numa::coherence::CacheState::kShared: shown.state = 1; break;
    case numa::coherence::CacheState::kCleanExclusive: shown.state = 2; break;
    default: shown.state = 3; break;
  }
  return shown;
}

}  // namespace machine
