// The caches of one CPU: two primary ones as filters before the secondary one, whose lines the
// protocol governs. One access at a time; what happens to other lines meanwhile is the protocol's
// business.
#pragma once

#include <cstdint>

#include "numa/coherence/cache_protocol.hpp"
#include "numa/coherence/primary_cache.hpp"
#include "numa/coherence/secondary_cache.hpp"

namespace numa::coherence {

enum class AccessKind : std::uint8_t { kFetch, kLoad, kStore };
inline constexpr unsigned kAccessKinds = 3;

struct CacheAccess {
  AccessKind kind{};
  VirtAddr va;  // selects sets of the primary caches
  MachineAddr at;
  Mode mode = Mode::kUser;  // whose counters the reference goes to
};

/// What a CPU's caches no longer have. kDowngraded: the line may still be read. kPrimaryOnly: the
/// secondary cache still has it as before, and a link to it stays.
enum class Loss : std::uint8_t { kReplaced, kInvalidated, kDowngraded, kPrimaryOnly };

/// What happened inside one CPU's caches; only ever grows.
struct CacheCounters {
  std::uint64_t primary_misses[kAccessKinds] = {};  // the line was in no way of the set
  std::uint64_t primary_writebacks = 0;             // of lines that were stored to
  std::uint64_t aliases = 0;  // lines whose primary copies went because of another virtual index
  std::uint64_t secondary_hits = 0;  // of accesses that missed in the primary cache
  std::uint64_t secondary_misses[kAccessKinds] = {};
  std::uint64_t upgrades = 0;             // stores to a shared line
  std::uint64_t writebacks = 0;           // dirty lines replaced
  std::uint64_t clean_replacements = 0;   // clean-exclusive lines replaced
  std::uint64_t shared_replacements = 0;  // dropped silently
  std::uint64_t invalidations = 0;        // received for a line held
  std::uint64_t interventions = 0;        // received
};

// A Host provides
//   const CacheProtocol::Table& cache_table();
//   void to_home(const Message<Data>&); void to_party(Party, const Message<Data>&);
//   void performed(CpuId, const CacheAccess&, Line, CacheState, Data&);
//   void lost(CpuId, Line, Loss);
//   void changed(CpuId, Line, CacheState from, CacheState to);
//   void impossible_in_cache(CpuId, CacheState, CacheEvent, CacheNever);
template <class Data, class Host>
class CacheController {
 public:
  CacheController(Host& host, CpuId cpu, const CacheGeometry& primary_instruction,
                  const CacheGeometry& primary_data, const CacheGeometry& secondary)
      : host_{host},
        cpu_{cpu},
        line_shift_{secondary.line_shift()},
        instruction_{primary_instruction},
        data_{primary_data},
        secondary_{secondary} {
    const std::uint64_t way = std::max(instruction_.way_bytes(), data_.way_bytes());
    index_mask_ = static_cast<std::uint8_t>(way <= kPageSize ? 0 : way / kPageSize - 1);
  }

  /// The whole of a hit in the primary cache. Has no other effect than on the order of use.
  bool primary_hits(const CacheAccess& access) {
    if (access.kind == AccessKind::kFetch) {
      return instruction_.hits(PrimaryCache::Use::kRead, access.va, access.at);
    }
    return data_.hits(use_of(access.kind), access.va, access.at);
  }

  /// Whether start() may be called for this line now.
  bool can_start(MachineAddr at) {
    return !waits_ && secondary_.can_leave() && !secondary_.is_leaving(line_of(at));
  }

  /// An access that primary_hits() has refused. It is performed before this returns if nobody needs
  /// to be asked. Requires: can_start().
  void start(const CacheAccess& access) {
    check(!waits_, "a CPU makes one access at a time");
    waits_ = true;
    access_ = access;
    primary_had_it_ = primary(access.kind).contains(access.va, access.at);
    const Line line = line_of(access.at);
    Slot* slot = secondary_.find(line);
    if (slot != nullptr) {
      slot = secondary_.touch(slot);
    } else {
      slot = make_room(line);
    }
    count_start(slot->state);
    step(slot, access.kind == AccessKind::kStore ? CacheEvent::kStore : CacheEvent::kLoad,
         Message<Data>{});
  }
  bool is_waiting() const { return waits_; }
  /// Whether the line of the access started last was in the primary cache, without the right to be
  /// stored to.
  bool primary_had_it() const { return primary_had_it_; }

  void receive(const Message<Data>& message) {
    Slot* const slot = secondary_.find(message.line);
    count_received(message.type, slot != nullptr);
    Slot absent;
    absent.line = message.line;
    step(slot != nullptr ? slot : &absent, cache_event_of(message.type), message);
  }

  /// Gives a line of the secondary cache back. Nothing happens if it is not there.
  /// Requires: can_start() for it.
  void give_back(Line line) {
    Slot* const slot = secondary_.find(line);
    if (slot != nullptr) replace(slot);
  }

  PrimaryCache& instruction() { return instruction_; }
  PrimaryCache& data() { return data_; }
  SecondaryCache<Data>& secondary() { return secondary_; }
  const PrimaryCache& instruction() const { return instruction_; }
  const PrimaryCache& data() const { return data_; }
  const SecondaryCache<Data>& secondary() const { return secondary_; }
  CacheCounters& counters() { return counters_; }
  const CacheCounters& counters() const { return counters_; }
  Line line_of(MachineAddr at) const { return Line{at.bits() >> line_shift_}; }

  /// Between transactions only.
  void visit(StateVisitor& v) {
    instruction_.visit(v);
    data_.visit(v);
    secondary_.visit(v);
  }

 private:
  using Slot = SecondaryLine<Data>;

  /// A line of this cache as the protocol sees it.
  class SlotView {
   public:
    SlotView(CacheController& controller, Slot& slot) : c_{controller}, slot_{slot} {}
    const CacheProtocol::Table& table() { return c_.host_.cache_table(); }
    Line line() const { return slot_.line; }
    Party self() const { return Party::cache(index_of(c_.cpu_)); }
    CacheState state() const { return slot_.state; }
    void set_state(CacheState to) {
      const CacheState from = slot_.state;
      slot_.state = to;
      c_.host_.changed(c_.cpu_, slot_.line, from, to);
    }
    Data& data() { return slot_.data; }
    void to_home(const Message<Data>& m) { c_.host_.to_home(m); }
    void to_party(Party to, const Message<Data>& m) { c_.host_.to_party(to, m); }
    void done() { c_.done(slot_); }
    void lose() { c_.lose(slot_); }
    void downgrade() { c_.downgrade(slot_); }
    void defer(const Message<Data>& m) {
      c_.deferred_ = m;
      c_.defers_ = true;
    }
    bool has_deferred() const { return c_.defers_; }
    Message<Data> deferred() {
      c_.defers_ = false;
      return c_.deferred_;
    }
    void impossible(CacheState in, CacheEvent on, CacheNever why) {
      c_.host_.impossible_in_cache(c_.cpu_, in, on, why);
    }

   private:
    CacheController& c_;
    Slot& slot_;
  };

  static PrimaryCache::Use use_of(AccessKind kind) {
    return kind == AccessKind::kStore ? PrimaryCache::Use::kWrite : PrimaryCache::Use::kRead;
  }
  PrimaryCache& primary(AccessKind kind) {
    return kind == AccessKind::kFetch ? instruction_ : data_;
  }

  void step(Slot* slot, CacheEvent on, const Message<Data>& message) {
    SlotView view{*this, *slot};
    cache_step<Data>(view, on, message);
    secondary_.settle(slot);
  }

  Slot* make_room(Line line) {
    Slot* const place = secondary_.place_for(line);
    if (place->state != CacheState::kInvalid) replace(place);
    place->line = line;
    place->primary_index = primary_index(access_.va);
    return place;
  }

  void replace(Slot* slot) {
    if (slot->state == CacheState::kDirtyExclusive) ++counters_.writebacks;
    if (slot->state == CacheState::kCleanExclusive) ++counters_.clean_replacements;
    if (slot->state == CacheState::kShared) ++counters_.shared_replacements;
    loss_ = Loss::kReplaced;
    step(secondary_.move_out(slot), CacheEvent::kReplace, Message<Data>{});
    loss_ = Loss::kInvalidated;
  }

  void done(Slot& slot) {
    check(waits_ && line_of(access_.at) == slot.line, "what is done was asked for");
    waits_ = false;
    host_.performed(cpu_, access_, slot.line, slot.state, slot.data);
    const std::uint8_t index = primary_index(access_.va);
    if (slot.primary_index != index) {
      if (purge_primary(slot)) {
        ++counters_.aliases;
        host_.lost(cpu_, slot.line, Loss::kPrimaryOnly);
      }
      slot.primary_index = index;
    }
    const auto evicted = primary(access_.kind).fill(access_.va, access_.at, use_of(access_.kind));
    if (evicted == PrimaryCache::Evicted::kDirty) ++counters_.primary_writebacks;
  }

  void lose(Slot& slot) {
    purge_primary(slot);
    host_.lost(cpu_, slot.line, loss_);
  }

  void downgrade(Slot& slot) {
    for_each_part(data_, slot, [&](VirtAddr va, MachineAddr at) { data_.make_read_only(va, at); });
    host_.lost(cpu_, slot.line, Loss::kDowngraded);
  }

  /// Takes all parts of a line out of the primary caches; whether there were any.
  bool purge_primary(Slot& slot) {
    bool any = false;
    for_each_part(instruction_, slot, [&](VirtAddr va, MachineAddr at) {
      any = instruction_.remove(va, at) != PrimaryCache::Evicted::kNothing || any;
    });
    for_each_part(data_, slot, [&](VirtAddr va, MachineAddr at) {
      const auto evicted = data_.remove(va, at);
      if (evicted == PrimaryCache::Evicted::kDirty) ++counters_.primary_writebacks;
      any = evicted != PrimaryCache::Evicted::kNothing || any;
    });
    return any;
  }

  /// `index` of the page in the virtual address, as far as primary caches use it.
  std::uint8_t primary_index(VirtAddr va) const {
    return static_cast<std::uint8_t>(va.bits() / kPageSize & index_mask_);
  }
  template <class Visit>
  void for_each_part(const PrimaryCache& cache, const Slot& slot, Visit visit) {
    const MachineAddr begin{number_of(slot.line) << line_shift_};
    const VirtAddr index{slot.primary_index * kPageSize + begin.offset_in(kPageSize)};
    for (std::uint64_t part = 0; part < std::uint64_t{1} << line_shift_;
         part += cache.line_bytes()) {
      visit(index + part, begin + part);
    }
  }

  void count_start(CacheState state) {
    const auto kind = static_cast<unsigned>(access_.kind);
    if (!primary_had_it_) ++counters_.primary_misses[kind];
    if (state == CacheState::kInvalid) {
      ++counters_.secondary_misses[kind];
    } else if (access_.kind == AccessKind::kStore && state == CacheState::kShared) {
      ++counters_.upgrades;
    } else if (!primary_had_it_) {
      ++counters_.secondary_hits;
    }
  }
  void count_received(MessageType type, bool held) {
    if (type == MessageType::kInvalidate && held) ++counters_.invalidations;
    if (type == MessageType::kShare || type == MessageType::kYield ||
        type == MessageType::kRecall) {
      ++counters_.interventions;
    }
  }

  Host& host_;
  CpuId cpu_;
  unsigned line_shift_;
  std::uint8_t index_mask_ = 0;
  PrimaryCache instruction_, data_;
  SecondaryCache<Data> secondary_;
  CacheAccess access_;      // while waits_
  Message<Data> deferred_;  // while defers_
  Loss loss_ = Loss::kInvalidated;
  bool waits_ = false;
  bool defers_ = false;
  bool primary_had_it_ = false;
  CacheCounters counters_;
};

}  // namespace numa::coherence
