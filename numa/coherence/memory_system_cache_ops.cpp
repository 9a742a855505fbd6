// The CACHE instruction, the state, and what a restored state must fulfil.
#include "common/check.hpp"
#include "numa/coherence/memory_system.hpp"

namespace numa {
using namespace coherence;

Cycles MemorySystem::give_back(CpuId cpu, MachineAddr at, Cycles now) {
  Controller& caches = caches_[index_of(cpu)];
  now_ = now;
  course_ = Course{};
  caches.give_back(caches.line_of(at));
  finish();
  if (course_.written_back != 0) queue_writebacks(config_.topology.node_of(cpu), now);
  return Cycles{latency(MissClass::kSecondary).count() - 1};
}

Cycles MemorySystem::hit_invalidate(CpuId cpu, Cache cache, VirtAddr va, MachineAddr at,
                                    Cycles now) {
  Controller& caches = caches_[index_of(cpu)];
  if (cache == Cache::kSecondary) return give_back(cpu, at, now);
  PrimaryCache& primary = cache == Cache::kPrimaryData ? caches.data() : caches.instruction();
  const PrimaryCache::Evicted removed = primary.remove(va, at);
  if (removed != PrimaryCache::Evicted::kNothing) lost(cpu, caches.line_of(at), Loss::kPrimaryOnly);
  if (removed != PrimaryCache::Evicted::kDirty) return primary_stall_;
  ++caches.counters().primary_writebacks;
  return Cycles{latency(MissClass::kSecondary).count() - 1};
}

Cycles MemorySystem::index_invalidate(CpuId cpu, Cache cache, VirtAddr va, MachineAddr at,
                                      std::uint32_t way, Cycles now) {
  const Tag tag = index_load_tag(cpu, cache, va, at, way);
  if (tag.state == CacheState::kInvalid) return primary_stall_;
  return hit_invalidate(cpu, cache, va, tag.at, now);
}

MemorySystem::Tag MemorySystem::index_load_tag(CpuId cpu, Cache cache, VirtAddr va, MachineAddr at,
                                               std::uint32_t way) {
  Controller& caches = caches_[index_of(cpu)];
  if (cache == Cache::kSecondary) {
    if (way >= caches.secondary().ways()) return Tag{};
    const auto& slot = caches.secondary().way(caches.line_of(at), way);
    if (slot.state == CacheState::kInvalid) return Tag{};
    return Tag{slot.state, address_of(slot.line), slot.primary_index, way, false};
  }
  const PrimaryCache& primary = cache == Cache::kPrimaryData ? caches.data() : caches.instruction();
  if (way >= primary.ways()) return Tag{};
  const PrimaryCache::Occupant found = primary.way(va, way);
  if (!found.valid) return Tag{};
  const Line line = caches.line_of(found.at);
  for (std::uint32_t place = 0; place < caches.secondary().ways(); ++place) {
    const auto& slot = caches.secondary().way(line, place);
    if (slot.line != line || slot.state == CacheState::kInvalid) continue;
    return Tag{slot.state, found.at, slot.primary_index, place, found.writable};
  }
  check_failed("a primary cache holds a line that the secondary cache does not", __FILE__,
               __LINE__);
}

bool MemorySystem::holds(CpuId cpu, Cache cache, VirtAddr va, MachineAddr at) {
  Controller& caches = caches_[index_of(cpu)];
  switch (cache) {
    case Cache::kPrimaryInstruction: return caches.instruction().contains(va, at);
    case Cache::kPrimaryData: return caches.data().contains(va, at);
    case Cache::kSecondary: break;
  }
  return caches.secondary().find(caches.line_of(at)) != nullptr;
}

std::uint32_t MemorySystem::ways(Cache cache) const {
  switch (cache) {
    case Cache::kPrimaryInstruction: return config_.primary_instruction.ways;
    case Cache::kPrimaryData: return config_.primary_data.ways;
    case Cache::kSecondary: break;
  }
  return config_.secondary.ways;
}

void MemorySystem::visit(StateVisitor& v) {
  const StateSection section{v, "memory_system"};
  CHECK(mail_first_ == mail_end_);
  for (Controller& caches : caches_) {
    const StateSection one{v, "caches"};
    caches.visit(v);
  }
  for (Directory& directory : directories_) directory.visit(v);
  for (OccupancyQueue& queue : controllers_) queue.visit(v);
  for (OccupancyQueue& queue : networks_) queue.visit(v);
}

void MemorySystem::impossible_in_cache(CpuId, CacheState, CacheEvent, CacheNever) {
  check_failed("a pair of the cache table happens that the table calls impossible", __FILE__,
               __LINE__);
}
void MemorySystem::impossible_at_home(HomeState, HomeEvent, HomeNever) {
  check_failed("a pair of the directory table happens that the table calls impossible", __FILE__,
               __LINE__);
}
void MemorySystem::impossible_at_port(Party, MessageType) {
  check_failed("a port gets an answer to a question it did not ask", __FILE__, __LINE__);
}

}  // namespace numa
