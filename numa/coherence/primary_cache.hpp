// A primary cache: virtually indexed, physically tagged, least recently used. It holds tags only,
// and only of lines that the secondary cache holds too. The hit of the most recent way, which
// changes nothing, is what the interpreter and later the translator do inline.
#pragma once

#include <cstdint>
#include <vector>

#include "common/address.hpp"
#include "common/state.hpp"
#include "numa/coherence/geometry.hpp"

namespace numa::coherence {

class PrimaryCache {
 public:
  enum class Use : std::uint8_t { kRead, kWrite };
  enum class Evicted : std::uint8_t { kNothing, kClean, kDirty };

  /// Requires: powers of two, at least one set.
  explicit PrimaryCache(const CacheGeometry& geometry);

  /// Whether the access hits; a write hits where a store may go without asking anybody. Makes the
  /// line the set's most recent one.
  bool hits(Use use, VirtAddr va, MachineAddr at) {
    Tag* const set = set_of(va);
    const Tag want = tag_of(at);
    if (matches(set[0], want, use)) [[likely]]
      return true;
    return hits_older(set, want, use);
  }
  /// Whether the line is there, writable or not. Changes nothing.
  bool contains(VirtAddr va, MachineAddr at) const;

  /// Puts the line in as the most recent one of its set, or changes its rights if it is there.
  Evicted fill(VirtAddr va, MachineAddr at, Use rights);
  /// Takes the line out, wherever in the set that `va` selects.
  Evicted remove(VirtAddr va, MachineAddr at);
  void make_read_only(VirtAddr va, MachineAddr at);

  /// Way 0 is the most recent one. Nothing where the way is empty.
  struct Occupant {
    bool valid = false, writable = false;
    MachineAddr at;
  };
  Occupant way(VirtAddr index, std::uint32_t way) const;

  /// Tags from one set to the next; the first of a set is its most recent one (Tag, below).
  std::uint32_t ways() const { return ways_; }
  std::uint64_t sets() const { return mask_ + 1; }
  const std::uint64_t* tags() const { return tags_.data(); }
  unsigned line_shift() const { return shift_; }
  std::uint32_t line_bytes() const { return std::uint32_t{1} << shift_; }
  /// How many 4 KB colours an index selects: 1 where all index bits are below the page's size.
  std::uint64_t way_bytes() const { return (mask_ + 1) << shift_; }

  /// Calls visit(set, Occupant) for every valid line.
  template <class Visit>
  void for_each(Visit visit) const {
    for (std::uint64_t set = 0; set <= mask_; ++set) {
      for (std::uint32_t way = 0; way < ways_; ++way) {
        const Occupant occupant = occupant_of(tags_[set * ways_ + way]);
        if (occupant.valid) visit(set, occupant);
      }
    }
  }

  void visit(StateVisitor& v);

 private:
  /// Machine address of the line in units of lines, << 2 | writable << 1 | valid. 0: empty.
  using Tag = std::uint64_t;
  static constexpr Tag kWritable = 2;

  Tag* set_of(VirtAddr va) { return &tags_[((va.bits() >> shift_) & mask_) * ways_]; }
  const Tag* set_of(VirtAddr va) const { return &tags_[((va.bits() >> shift_) & mask_) * ways_]; }
  Tag tag_of(MachineAddr at) const { return at.bits() >> shift_ << 2 | 3; }
  static bool matches(Tag tag, Tag want, Use use) {
    return (use == Use::kWrite ? tag : tag | kWritable) == want;
  }
  bool hits_older(Tag* set, Tag want, Use use);
  Occupant occupant_of(Tag tag) const;

  unsigned shift_ = 0;
  std::uint32_t ways_ = 1;
  std::uint64_t mask_ = 0;  // sets - 1
  std::vector<Tag> tags_;   // by set, most recent first, empty ones last
};

}  // namespace numa::coherence
