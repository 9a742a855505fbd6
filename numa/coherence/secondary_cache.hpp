// The secondary cache's lines: physically indexed, least recently used, and the write-back buffer,
// where replaced lines wait for their acknowledgement. Knows no protocol.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "common/state.hpp"
#include "numa/coherence/cache_table.hpp"
#include "numa/coherence/geometry.hpp"
#include "numa/coherence/message.hpp"

namespace numa::coherence {

template <class Data>
struct SecondaryLine {
  Line line{};
  CacheState state = CacheState::kInvalid;  // kInvalid: the place is free
  /// Virtual address bits above the page offset under which primary caches hold parts of this line
  /// (R10000 UM 4.3: PIdx).
  std::uint8_t primary_index = 0;
  [[no_unique_address]] Data data{};
};

template <class Data>
class SecondaryCache {
 public:
  using Slot = SecondaryLine<Data>;
  /// Replaced lines that can wait at a time.
  static constexpr std::size_t kLeaving = 4;

  explicit SecondaryCache(const CacheGeometry& geometry)
      : ways_{geometry.ways}, mask_{geometry.sets() - 1}, slots_(geometry.sets() * geometry.ways) {}

  /// nullptr if the line is neither in the cache nor leaving it.
  Slot* find(Line line) {
    Slot* const set = set_of(line);
    for (std::uint32_t way = 0; way < ways_; ++way) {
      if (is(set[way], line)) return &set[way];
    }
    return leaving_count_ == 0 ? nullptr : find_leaving(line);
  }

  /// Makes a line of the cache the most recent one of its set; returns its new place.
  Slot* touch(Slot* slot) {
    Slot* const set = set_of(slot->line);
    std::rotate(set, slot, slot + 1);
    return set;
  }

  /// The place for a new line: a free one, else the least recently used, whose occupant must be
  /// moved out first. It is the most recent one of its set from now on.
  Slot* place_for(Line line) {
    Slot* const set = set_of(line);
    Slot* place = std::find_if(set, set + ways_,
                               [](const Slot& s) { return s.state == CacheState::kInvalid; });
    if (place == set + ways_) --place;
    std::rotate(set, place, place + 1);
    return set;
  }

  bool can_leave() const { return leaving_count_ < kLeaving; }
  bool is_leaving(Line line) { return leaving_count_ != 0 && find_leaving(line) != nullptr; }
  /// Moves a line into the write-back buffer. Requires: can_leave().
  Slot* move_out(Slot* slot) {
    Slot* const free = std::find_if(leaving_.begin(), leaving_.end(),
                                    [](const Slot& s) { return s.state == CacheState::kInvalid; });
    *free = *slot;
    *slot = Slot{};
    ++leaving_count_;
    return free;
  }
  /// Call when a line's state may have become kInvalid.
  void settle(Slot* slot) {
    if (slot->state != CacheState::kInvalid) return;
    if (slot >= leaving_.data() && slot < leaving_.data() + kLeaving) --leaving_count_;
    *slot = Slot{};
  }

  std::uint32_t ways() const { return ways_; }
  /// Way 0 is the most recent one. `line` selects the set.
  const Slot& way(Line line, std::uint32_t way) const { return slots_[set_index(line) + way]; }

  template <class Visit>
  void for_each(Visit visit) const {
    for (const Slot& slot : slots_) {
      if (slot.state != CacheState::kInvalid) visit(slot);
    }
  }

  /// Between transactions only, when nothing is leaving.
  void visit(StateVisitor& v) {
    for (Slot& slot : slots_) {
      std::uint64_t word = number_of(slot.line) << 16 | std::uint64_t{slot.primary_index} << 8 |
                           static_cast<std::uint64_t>(slot.state);
      v.word("", word);
      slot.line = Line{word >> 16};
      slot.primary_index = static_cast<std::uint8_t>(word >> 8);
      slot.state = static_cast<CacheState>(word & 0xff);
    }
  }

 private:
  static bool is(const Slot& slot, Line line) {
    return slot.line == line && slot.state != CacheState::kInvalid;
  }
  std::size_t set_index(Line line) const { return (number_of(line) & mask_) * ways_; }
  Slot* set_of(Line line) { return &slots_[set_index(line)]; }
  Slot* find_leaving(Line line) {
    for (Slot& slot : leaving_) {
      if (is(slot, line)) return &slot;
    }
    return nullptr;
  }

  std::uint32_t ways_;
  std::uint64_t mask_;
  std::vector<Slot> slots_;  // by set, most recent first
  std::array<Slot, kLeaving> leaving_;
  std::size_t leaving_count_ = 0;
};

}  // namespace numa::coherence
