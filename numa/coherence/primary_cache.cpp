#include "numa/coherence/primary_cache.hpp"

#include <algorithm>
#include <span>

#include "common/check.hpp"

namespace numa::coherence {

PrimaryCache::PrimaryCache(const CacheGeometry& geometry)
    : shift_{geometry.line_shift()}, ways_{geometry.ways}, mask_{geometry.sets() - 1} {
  CHECK(std::has_single_bit(geometry.line) && std::has_single_bit(geometry.sets()) &&
        geometry.ways > 0);
  tags_.resize(geometry.sets() * geometry.ways);
}

bool PrimaryCache::hits_older(Tag* set, Tag want, Use use) {
  for (std::uint32_t way = 1; way < ways_; ++way) {
    if (!matches(set[way], want, use)) continue;
    std::rotate(set, set + way, set + way + 1);
    return true;
  }
  return false;
}

bool PrimaryCache::contains(VirtAddr va, MachineAddr at) const {
  const Tag* const set = set_of(va);
  return std::any_of(set, set + ways_,
                     [&](Tag tag) { return matches(tag, tag_of(at), Use::kRead); });
}

PrimaryCache::Evicted PrimaryCache::fill(VirtAddr va, MachineAddr at, Use rights) {
  Tag* const set = set_of(va);
  const Tag want = tag_of(at);
  const Tag rights_mask = rights == Use::kWrite ? ~Tag{0} : ~kWritable;
  Tag* const end = set + ways_;
  Tag* place = std::find_if(set, end, [&](Tag tag) { return matches(tag, want, Use::kRead); });
  Evicted evicted = Evicted::kNothing;
  if (place == end) {
    place = end - 1;  // the least recent one; empty ways are behind all others
    if (*place != 0) evicted = (*place & kWritable) != 0 ? Evicted::kDirty : Evicted::kClean;
    *place = 0;
  }
  // A line that may be written stays so when it is read again.
  *place = (want & rights_mask) | (*place & kWritable);
  std::rotate(set, place, place + 1);
  return evicted;
}

PrimaryCache::Evicted PrimaryCache::remove(VirtAddr va, MachineAddr at) {
  Tag* const set = set_of(va);
  Tag* const end = set + ways_;
  Tag* const place =
      std::find_if(set, end, [&](Tag tag) { return matches(tag, tag_of(at), Use::kRead); });
  if (place == end) return Evicted::kNothing;
  const Evicted evicted = (*place & kWritable) != 0 ? Evicted::kDirty : Evicted::kClean;
  *place = 0;
  std::rotate(place, place + 1, end);
  return evicted;
}

void PrimaryCache::make_read_only(VirtAddr va, MachineAddr at) {
  Tag* const set = set_of(va);
  for (std::uint32_t way = 0; way < ways_; ++way) {
    if (matches(set[way], tag_of(at), Use::kRead)) set[way] &= ~kWritable;
  }
}

PrimaryCache::Occupant PrimaryCache::occupant_of(Tag tag) const {
  return Occupant{tag != 0, (tag & kWritable) != 0, MachineAddr{tag >> 2 << shift_}};
}

PrimaryCache::Occupant PrimaryCache::way(VirtAddr index, std::uint32_t way) const {
  return way < ways_ ? occupant_of(set_of(index)[way]) : Occupant{};
}

void PrimaryCache::visit(StateVisitor& v) {
  v.bytes("tags", std::as_writable_bytes(std::span{tags_}));
}

}  // namespace numa::coherence
