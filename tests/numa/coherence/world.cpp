#include "tests/numa/coherence/world.hpp"

#include <algorithm>

#include "tests/numa/coherence/names.hpp"

namespace test {
namespace {

bool is_readable(CacheState state) {
  switch (state) {
    case CacheState::kShared:
    case CacheState::kCleanExclusive:
    case CacheState::kDirtyExclusive:
    case CacheState::kUpgradePending:
    case CacheState::kUpgradeForwarded: return true;
    default: return false;
  }
}
/// The only valid copy of the line is here. Not so kLeaving: the home may have the line already,
/// and the acknowledgement may be under way.
bool is_owner(CacheState state) {
  return state == CacheState::kCleanExclusive || state == CacheState::kDirtyExclusive ||
         state == CacheState::kLeavingExpected;
}
bool is_stable(CacheState state) { return state <= CacheState::kDirtyExclusive; }

/// One line of one cache, as the protocol code wants it.
class WorldSlot {
 public:
  WorldSlot(WorldRules& rules, World& world, unsigned cache, unsigned line)
      : rules_{rules}, world_{world}, cache_{world.caches[cache]}, line_{line}, number_{cache} {}

  const CacheProtocol::Table& table() const { return rules_.tables().cache; }
  Line line() const { return Line{line_}; }
  Party self() const { return Party::cache(number_); }
  CacheState state() const { return cache_.lines[line_].state; }
  void set_state(CacheState state) { cache_.lines[line_].state = state; }
  Age& data() { return cache_.lines[line_].data; }
  void to_home(const Message<Age>& m) { rules_.send(world_, {true, Party{}, m}); }
  void to_party(Party to, const Message<Age>& m) { rules_.send(world_, {false, to, m}); }

  void done() {
    if (!cache_.waits || cache_.line != line_)
      return rules_.fail("an access is done that nobody made");
    cache_.waits = false;
    // Once used and dropped, the value may have been overwritten since the access was issued.
    const std::uint8_t allowed = state() == CacheState::kInvalid ? cache_.since : std::uint8_t{0};
    if (data().age > allowed) return rules_.fail("an access sees an old value");
    if (cache_.stores) rules_.wrote(world_, line_, data());
    cache_.since = 0;
  }
  void lose() {}
  void downgrade() {}
  void defer(const Message<Age>& m) {
    if (cache_.defers) rules_.fail("two interventions are deferred");
    cache_.defers = true;
    cache_.deferred = m;
  }
  bool has_deferred() const { return cache_.defers; }
  Message<Age> deferred() {
    cache_.defers = false;
    const Message<Age> kept = cache_.deferred;
    cache_.deferred = Message<Age>{MessageType::kShare, Party{}, Line{}, Age{}};
    return kept;
  }
  void impossible(CacheState in, CacheEvent on, CacheNever why) {
    rules_.fail(std::string{"cache: "} + name_of(in) + " x " + name_of(on) +
                ", which is impossible: " + name_of(why));
  }

 private:
  WorldRules& rules_;
  World& world_;
  World::Cache& cache_;
  unsigned line_, number_;
};

class WorldHome {
 public:
  WorldHome(WorldRules& rules, World& world, unsigned line)
      : rules_{rules}, world_{world}, home_{world.homes[line]} {}
  const HomeProtocol::Table& table() const { return rules_.tables().home; }
  DirectoryEntry<Age>& entry() { return home_.entry; }
  Age& memory() { return home_.memory; }
  void to_party(Party to, const Message<Age>& m) { rules_.send(world_, {false, to, m}); }
  void impossible(HomeState in, HomeEvent on, HomeNever why) {
    rules_.fail(std::string{"home: "} + name_of(in) + " x " + name_of(on) +
                ", which is impossible: " + name_of(why));
  }

 private:
  WorldRules& rules_;
  World& world_;
  World::Home& home_;
};

unsigned index_of(Line line) { return static_cast<unsigned>(number_of(line)); }

}  // namespace

std::string describe(const Step& step) {
  const std::string line = " line " + std::to_string(step.line);
  switch (step.kind) {
    case Step::Kind::kAccess:
      return "cache " + std::to_string(step.who) + (step.store ? " stores" : " loads") + line;
    case Step::Kind::kReplace: return "cache " + std::to_string(step.who) + " replaces" + line;
    case Step::Kind::kPortAccess:
      return "port " + std::to_string(step.who) + (step.store ? " writes" : " reads") + line;
    case Step::Kind::kDeliver:
      return std::string{name_of(step.message)} + " arrives at " +
             (step.to_home ? "home" : name_of(step.to)) + line;
  }
  return "";
}

void WorldRules::send(World& world, const World::Flying& message) {
  if (world.in_flight == kWorldMessages)
    return fail("more messages under way than the protocol ever has");
  world.flying[world.in_flight++] = message;
}

void WorldRules::wrote(World& world, unsigned line, Age& where) {
  const auto older = [](Age& data) {
    data.age = std::min<std::uint8_t>(kOldest, static_cast<std::uint8_t>(data.age + 1));
  };
  const auto count = [](std::uint8_t& n) {
    n = std::min<std::uint8_t>(kOldest, static_cast<std::uint8_t>(n + 1));
  };
  for (World::Cache& cache : world.caches) {
    older(cache.lines[line].data);
    if (cache.waits && cache.line == line) count(cache.since);
  }
  for (World::Port& port : world.ports) {
    if (port.waits && port.line == line) count(port.since);
  }
  older(world.homes[line].memory);
  for (unsigned i = 0; i < world.in_flight; ++i) {
    if (index_of(world.flying[i].message.line) == line) older(world.flying[i].message.data);
  }
  where.age = 0;
}

unsigned WorldRules::steps(const World& world, std::array<Step, 64>& out) const {
  unsigned count = 0;
  for (unsigned i = 0; i < world.in_flight; ++i) {
    const World::Flying& f = world.flying[i];
    out[count++] = Step{Step::Kind::kDeliver,
                        static_cast<std::uint8_t>(i),
                        static_cast<std::uint8_t>(number_of(f.message.line)),
                        false,
                        f.message.type,
                        f.to,
                        f.to_home};
  }
  const auto add = [&](Step::Kind kind, unsigned who, unsigned line, bool store) {
    out[count++] = Step{kind,
                        static_cast<std::uint8_t>(who),
                        static_cast<std::uint8_t>(line),
                        store,
                        MessageType{},
                        Party{},
                        false};
  };
  for (unsigned c = 0; c < shape_.caches; ++c) {
    for (unsigned l = 0; l < shape_.lines; ++l) {
      const CacheState state = world.caches[c].lines[l].state;
      if (!is_stable(state)) continue;
      // A hit changes nothing but what it writes; replacement may come with a miss on another line.
      if (!world.caches[c].waits) {
        add(Step::Kind::kAccess, c, l, false);
        add(Step::Kind::kAccess, c, l, true);
      }
      if (state != CacheState::kInvalid) add(Step::Kind::kReplace, c, l, false);
    }
  }
  for (unsigned p = 0; p < shape_.ports; ++p) {
    for (unsigned l = 0; l < shape_.lines && !world.ports[p].waits; ++l) {
      add(Step::Kind::kPortAccess, p, l, false);
      add(Step::Kind::kPortAccess, p, l, true);
    }
  }
  return count;
}

std::string WorldRules::apply(World& world, const Step& step) {
  failure_.clear();
  const Message<Age> none{};
  switch (step.kind) {
    case Step::Kind::kAccess: {
      World::Cache& cache = world.caches[step.who];
      cache.waits = true;
      cache.stores = step.store;
      cache.line = step.line;
      cache.since = 0;
      WorldSlot slot{*this, world, step.who, step.line};
      cache_step<Age>(slot, step.store ? CacheEvent::kStore : CacheEvent::kLoad, none);
      break;
    }
    case Step::Kind::kReplace: {
      WorldSlot slot{*this, world, step.who, step.line};
      cache_step<Age>(slot, CacheEvent::kReplace, none);
      break;
    }
    case Step::Kind::kPortAccess: {
      world.ports[step.who] = World::Port{true, step.store, step.line, 0};
      send(world, {true,
                   Party{},
                   {step.store ? MessageType::kUncachedWrite : MessageType::kUncachedRead,
                    Party::port(step.who), Line{step.line}, Age{}}});
      break;
    }
    case Step::Kind::kDeliver: deliver(world, step.who); break;
  }
  judge(world);
  return failure_;
}

void WorldRules::deliver(World& world, unsigned index) {
  const World::Flying f = world.flying[index];
  world.flying[index] = world.flying[--world.in_flight];
  world.flying[world.in_flight] = World::Flying{};
  const unsigned line = index_of(f.message.line);
  if (f.to_home) {
    WorldHome home{*this, world, line};
    home_step<Age>(home, f.message);
    if (world.homes[line].memory.age == kJustWritten) wrote(world, line, world.homes[line].memory);
  } else if (f.to.is_cache()) {
    WorldSlot slot{*this, world, f.to.cpu(), line};
    if (f.message.type == MessageType::kUncachedAck)
      return fail("a cache gets a port's acknowledgement");
    cache_step<Age>(slot, cache_event_of(f.message.type), f.message);
  } else {
    deliver_to_port(world, f.to.port(), f.message);
  }
}

void WorldRules::deliver_to_port(World& world, unsigned number, const Message<Age>& message) {
  World::Port& port = world.ports[number];
  const MessageType wanted = port.stores ? MessageType::kUncachedAck : MessageType::kDataShared;
  if (!port.waits) return fail("a port that asked for nothing gets an answer");
  if (message.type == MessageType::kNack) {
    return send(world, {true,
                        Party{},
                        {port.stores ? MessageType::kUncachedWrite : MessageType::kUncachedRead,
                         Party::port(number), message.line, Age{}}});
  }
  if (message.type != wanted) return fail(std::string{"a port gets "} + name_of(message.type));
  if (!port.stores && message.data.age > port.since)
    return fail("an uncached read sees an old value");
  if (port.stores && port.since == 0)
    return fail("an uncached write is acknowledged and was not done");
  port = World::Port{};
}

void WorldRules::judge(const World& world) {
  for (unsigned line = 0; line < shape_.lines; ++line) {
    judge_line(world, line);
    if (is_quiet(world)) judge_quiet_line(world, line);
  }
}

void WorldRules::judge_line(const World& world, unsigned line) {
  unsigned readers = 0, owners = 0;
  for (const World::Cache& cache : world.caches) {
    const World::CacheLine& copy = cache.lines[line];
    if (!is_readable(copy.state) && !is_owner(copy.state)) continue;
    ++readers;
    owners += is_owner(copy.state) ? 1 : 0;
    if (copy.data.age != 0) fail("a valid copy is old");
  }
  if (owners > 1) fail("two owners");
  if (owners == 1 && readers > 1) fail("an owner and another copy");
}

void WorldRules::judge_quiet_line(const World& world, unsigned line) {
  const World::Home& home = world.homes[line];
  const DirectoryEntry<Age>& entry = home.entry;
  if (entry.state > HomeState::kExclusive) fail("nothing under way and the home is busy");
  if (entry.acks != 0) fail("nothing under way and the home waits for acknowledgements");
  bool owned = false;
  for (unsigned c = 0; c < shape_.caches; ++c) {
    const CacheState state = world.caches[c].lines[line].state;
    if (state == CacheState::kInvalid) continue;
    const bool owner = is_owner(state);
    owned = owned || owner;
    if (owner && !(entry.state == HomeState::kExclusive && entry.owner == Party::cache(c))) {
      fail("the directory does not know the owner");
    }
    if (!owner && !(entry.state == HomeState::kShared && (entry.sharers >> c & 1) != 0)) {
      fail("the directory does not know a sharer");
    }
  }
  if (entry.state == HomeState::kExclusive && !owned) fail("the directory's owner has nothing");
  if (entry.state == HomeState::kShared && entry.sharers == 0) fail("shared by nobody");
  if (!owned && home.memory.age != 0) fail("the last value is lost");
}

bool WorldRules::is_quiet(const World& world) const {
  if (world.in_flight != 0) return false;
  for (unsigned c = 0; c < shape_.caches; ++c) {
    if (world.caches[c].waits) return false;
    for (unsigned l = 0; l < shape_.lines; ++l) {
      if (!is_stable(world.caches[c].lines[l].state)) return false;
    }
  }
  for (unsigned p = 0; p < shape_.ports; ++p) {
    if (world.ports[p].waits) return false;
  }
  return true;
}

}  // namespace test
