// What caches and directories must agree on between transactions.
#include <algorithm>

#include "numa/coherence/memory_system.hpp"

namespace numa {
using namespace coherence;

namespace {

bool is_exclusive(CacheState state) {
  return state == CacheState::kCleanExclusive || state == CacheState::kDirtyExclusive;
}

/// The parts of a primary cache must be in lines of the secondary one, at the index it remembers,
/// and writable only where that line is dirty.
template <class Controller>
const char* primary_contradiction(Controller& caches, PrimaryCache& primary) {
  const char* found = nullptr;
  primary.for_each([&](std::uint64_t set, const PrimaryCache::Occupant& part) {
    const auto* const slot = caches.secondary().find(caches.line_of(part.at));
    if (slot == nullptr) {
      found = "a primary cache holds a line that the secondary cache does not";
      return;
    }
    const std::uint64_t address = slot->primary_index * kPageSize + part.at.offset_in(kPageSize);
    if (address / primary.line_bytes() % (primary.way_bytes() / primary.line_bytes()) != set) {
      found = "a primary cache holds a line in another set than the secondary cache remembers";
    }
    if (part.writable && slot->state != CacheState::kDirtyExclusive) {
      found = "a primary cache may write to a line that is not dirty";
    }
  });
  return found;
}

const char* entry_contradiction(const Directory::Entry& entry, std::uint32_t cpus) {
  const std::uint64_t all = cpus == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << cpus) - 1;
  if (entry.state > HomeState::kExclusive || entry.acks != 0 || entry.requester != Party{}) {
    return "a directory entry is busy";
  }
  if ((entry.sharers & ~all) != 0 || (entry.sharers != 0) != (entry.state == HomeState::kShared)) {
    return "a directory entry's vector does not fit its state";
  }
  if (!entry.owner.is_cache() || entry.owner.cpu() >= cpus ||
      (entry.state != HomeState::kExclusive && entry.owner != Party{})) {
    return "a directory entry's owner does not fit its state";
  }
  if (!std::all_of(std::begin(entry.unused), std::end(entry.unused),
                   [](std::uint8_t b) { return b == 0; })) {
    return "a directory entry has bits that mean nothing";
  }
  return nullptr;
}

}  // namespace

const char* MemorySystem::contradiction() {
  const char* found = nullptr;
  for (std::uint32_t cpu = 0; cpu < caches_.size(); ++cpu) {
    Controller& caches = caches_[cpu];
    caches.secondary().for_each([&](const SecondaryLine<NoData>& slot) {
      const MachineAddr at = address_of(slot.line);
      const std::uint32_t home = index_of(numa::node_of(at));
      const Directory::Entry* const entry =
          home < directories_.size() ? directories_[home].find(offset_of(at)) : nullptr;
      if (slot.state > CacheState::kDirtyExclusive || entry == nullptr) {
        found = "a secondary cache holds what is no line of RAM";
      } else if (caches.secondary().find(slot.line) != &slot) {
        found = "a secondary cache holds a line twice or in a wrong set";
      } else if (is_exclusive(slot.state)
                     ? entry->state != HomeState::kExclusive || entry->owner != Party::cache(cpu)
                     : entry->state != HomeState::kShared || (entry->sharers >> cpu & 1) == 0) {
        found = "a directory does not know of a cache's line";
      }
    });
    if (found == nullptr) found = primary_contradiction(caches, caches.instruction());
    if (found == nullptr) found = primary_contradiction(caches, caches.data());
    if (found != nullptr) return found;
  }
  for (std::uint32_t node = 0; node < directories_.size(); ++node) {
    Directory& directory = directories_[node];
    for (std::size_t i = directory.next_used(0); i < directory.size();
         i = directory.next_used(i + 1)) {
      const Directory::Entry& entry = directory.entry(i);
      if (const char* wrong = entry_contradiction(entry, config_.topology.cpus()); wrong != nullptr)
        return wrong;
      if (entry.state != HomeState::kExclusive) continue;
      Controller& owner = caches_[entry.owner.cpu()];
      const auto* const slot =
          owner.secondary().find(owner.line_of(machine_addr(NodeId{node}, directory.offset_of(i))));
      if (slot == nullptr || !is_exclusive(slot->state))
        return "a directory names an owner that has nothing";
    }
  }
  return nullptr;
}

}  // namespace numa
