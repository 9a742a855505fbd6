#include "tests/numa/coherence/flight.hpp"

#include <algorithm>
#include <bit>

#include "tests/numa/coherence/names.hpp"

namespace test {
namespace {

bool is_readable(CacheState state) {
  return state == CacheState::kShared || state == CacheState::kCleanExclusive ||
         state == CacheState::kDirtyExclusive || state == CacheState::kUpgradePending ||
         state == CacheState::kUpgradeForwarded;
}
bool is_owner(CacheState state) {
  return state == CacheState::kCleanExclusive || state == CacheState::kDirtyExclusive ||
         state == CacheState::kLeavingExpected;
}
AccessKind kind_of(Op op) {
  return op == Op::kStore || op == Op::kStoreConditional ? AccessKind::kStore : AccessKind::kLoad;
}

}  // namespace

class Flight::HomeView {
 public:
  HomeView(Flight& flight, HomeLine& home) : flight_{flight}, home_{home} {}
  const HomeProtocol::Table& table() const { return flight_.tables_.home; }
  DirectoryEntry<LineData>& entry() { return home_.entry; }
  LineData& memory() { return home_.memory; }
  void to_party(Party to, const Message<LineData>& message) { flight_.to_party(to, message); }
  void impossible(HomeState in, HomeEvent on, HomeNever why) {
    flight_.impossible_at_home(in, on, why);
  }

 private:
  Flight& flight_;
  HomeLine& home_;
};

Flight::Flight(const FlightShape& shape, const Tables& tables)
    : shape_{shape},
      tables_{tables},
      homes_(shape.lines),
      truth_(shape.lines),
      cpus_(shape.caches) {
  caches_.reserve(shape.caches);
  for (std::uint32_t cpu = 0; cpu < shape.caches; ++cpu) {
    caches_.emplace_back(*this, CpuId{cpu}, shape.primary, shape.primary, shape.secondary);
    ports_.emplace_back(*this, Party::port(cpu));
  }
  flying_.reserve(4 * shape.caches + 64);
}

MachineAddr Flight::address_of(const Operation& operation) const {
  return MachineAddr{(std::uint64_t{operation.line} << kLineShift) + operation.word * 32};
}

bool Flight::can_issue(std::uint32_t cpu, const Operation& operation) {
  if (is_waiting(cpu)) return false;
  return caches_[cpu].can_start(address_of(operation)) && !ports_[cpu].is_waiting();
}

void Flight::issue(std::uint32_t cpu, const Operation& operation) {
  Cpu& me = cpus_[cpu];
  const MachineAddr at = address_of(operation);
  me.operation = operation;
  me.outcome = Outcome{};
  me.issued_at = truth_[operation.line].words[operation.word].version;
  switch (operation.op) {
    case Op::kReplace:
      me.outcome.done = true;
      caches_[cpu].give_back(Line{operation.line});
      return judge_link(cpu);
    case Op::kUncachedLoad: ++counters_.accesses; return ports_[cpu].read(Line{operation.line});
    case Op::kUncachedStore: {
      ++counters_.accesses;
      LineData bytes;
      bytes.words[operation.word] = operation.value;
      bytes.written = static_cast<std::uint8_t>(1U << operation.word);
      return ports_[cpu].write(Line{operation.line}, bytes);
    }
    case Op::kStoreConditional:
      if (!me.linked || me.link != operation.line) {
        ++counters_.conditional_failed;
        me.outcome = Outcome{true, 0};
        return;
      }
      ++counters_.accesses;
      break;
    default: ++counters_.accesses;
  }
  const CacheAccess access{kind_of(operation.op), VirtAddr{at.bits()}, at};
  if (!caches_[cpu].primary_hits(access)) {
    caches_[cpu].start(access);
    return judge_link(cpu);
  }
  ++counters_.primary_hits;
  auto* const slot = caches_[cpu].secondary().find(Line{operation.line});
  if (slot == nullptr || !is_readable(slot->state))
    return fail("a primary cache hits without the secondary one");
  if (access.kind == AccessKind::kStore && slot->state != CacheState::kDirtyExclusive) {
    return fail("a primary cache lets a store pass without ownership");
  }
  perform(cpu, slot->data, false);
}

void Flight::performed(CpuId cpu, const CacheAccess&, Line, CacheState state, LineData& data) {
  const bool is_use_once = state == CacheState::kInvalid;
  if (is_use_once) ++counters_.used_once;
  perform(index_of(cpu), data, is_use_once);
}

void Flight::perform(std::uint32_t cpu, LineData& data, bool is_use_once) {
  Cpu& me = cpus_[cpu];
  const Operation& o = me.operation;
  me.outcome.done = true;
  std::uint32_t& word = data.words[o.word];
  switch (o.op) {
    case Op::kLoadLinked:
      me.linked = true;
      me.link = o.line;
      me.link_version = truth_[o.line].version;
      [[fallthrough]];
    case Op::kLoad:
      me.outcome.value = word;
      if (is_use_once) return judge_value(o.line, o.word, word, me.issued_at);
      return judge_copy(o.line, data);
    case Op::kStoreConditional:
      if (!me.linked) {
        ++counters_.conditional_failed;
        return;  // the line came, but the link broke on the way
      }
      if (truth_[o.line].version != me.link_version)
        fail("a store-conditional succeeds after another write");
      ++counters_.conditional_done;
      me.outcome.value = 1;
      me.linked = false;
      [[fallthrough]];
    case Op::kStore:
      word = o.value;
      wrote(o.line, o.word, o.value);
      if (me.linked && me.link == o.line)
        ++me.link_version;  // one's own stores do not break the link
      return judge_copy(o.line, data);
    default: return fail("a cache performs what was not asked of it");
  }
}

void Flight::wrote(std::uint32_t line, std::uint32_t word, std::uint32_t value) {
  Word& w = truth_[line].words[word];
  w.value = value;
  w.history[++w.version % kHistory] = value;
  ++truth_[line].version;
}

void Flight::judge_value(std::uint32_t line, std::uint32_t word, std::uint32_t value,
                         std::uint64_t since) {
  const Word& w = truth_[line].words[word];
  if (value == w.value) return;
  if (w.version - since >= kHistory) {
    ++counters_.unknown_history;
    return;
  }
  for (std::uint64_t version = since; version < w.version; ++version) {
    if (w.history[version % kHistory] != value) continue;
    ++counters_.stale_allowed;
    return;
  }
  fail("a load sees a value that was overwritten before it was issued");
}

void Flight::judge_copy(std::uint32_t line, const LineData& data) {
  for (unsigned w = 0; w < kWords; ++w) {
    if (data.words[w] != truth_[line].words[w].value)
      return fail("a valid copy differs from what was written last");
  }
}

void Flight::lost(CpuId cpu, Line line, Loss loss) {
  if (loss == Loss::kPrimaryOnly) return;
  Cpu& me = cpus_[index_of(cpu)];
  if (!me.linked || me.link != number_of(line)) return;
  me.linked = false;
  me.must_unlink = false;
}

void Flight::judge_link(std::uint32_t cpu) {
  if (cpus_[cpu].must_unlink && cpus_[cpu].linked) fail("a link outlives its line");
  cpus_[cpu].must_unlink = false;
}

void Flight::changed(CpuId cpu, Line line, CacheState from, CacheState to) {
  Cpu& me = cpus_[index_of(cpu)];
  if (me.linked && me.link == number_of(line) &&
      (!is_readable(to) || (is_owner(from) && !is_owner(to)))) {
    me.must_unlink = true;
  }
  Truth& truth = truth_[number_of(line)];
  const std::uint64_t bit = std::uint64_t{1} << index_of(cpu);
  truth.owners = is_owner(to) ? truth.owners | bit : truth.owners & ~bit;
  truth.readers = is_readable(to) ? truth.readers | bit : truth.readers & ~bit;
  if (std::popcount(truth.owners) > 1) fail("two owners");
  if (truth.owners != 0 && (truth.readers & ~truth.owners) != 0) fail("an owner and another copy");
}

void Flight::port_done(Party port, Line line, const LineData& data) {
  Cpu& me = cpus_[port.port()];
  me.outcome.done = true;
  if (me.operation.op == Op::kUncachedStore) {
    const Word& word = truth_[number_of(line)].words[me.operation.word];
    bool done = word.version - me.issued_at >= kHistory;  // too long ago to know
    for (std::uint64_t v = me.issued_at + 1; v <= word.version && !done; ++v) {
      done = word.history[v % kHistory] == me.operation.value;
    }
    if (!done) fail("an uncached write is acknowledged and was not done");
    return;
  }
  me.outcome.value = data.words[me.operation.word];
  judge_value(static_cast<std::uint32_t>(number_of(line)), me.operation.word, me.outcome.value,
              me.issued_at);
}

void Flight::send(const Flying& message) {
  flying_.push_back(message);
  ++counters_.by_type[static_cast<unsigned>(message.message.type)];
  counters_.most_in_flight = std::max<std::uint64_t>(counters_.most_in_flight, flying_.size());
}

void Flight::deliver(std::size_t index) {
  const Flying next = flying_[index];
  flying_[index] = flying_.back();
  flying_.pop_back();
  ++counters_.messages;
  const auto line = static_cast<std::uint32_t>(number_of(next.message.line));
  if (next.to_home) {
    HomeLine& home = homes_[line];
    HomeView view{*this, home};
    home_step<LineData>(view, next.message);
    for (; home.memory.written != 0;
         home.memory.written &= static_cast<std::uint8_t>(home.memory.written - 1)) {
      const auto word = static_cast<std::uint32_t>(std::countr_zero(home.memory.written));
      if (truth_[line].readers != 0) fail("an uncached write while copies exist");
      wrote(line, word, home.memory.words[word]);
    }
    return;
  }
  if (!next.to.is_cache()) return ports_[next.to.port()].receive(next.message);
  if (next.message.type == MessageType::kUncachedAck)
    return fail("a cache gets a port's acknowledgement");
  caches_[next.to.cpu()].receive(next.message);
  judge_link(next.to.cpu());
  const auto* const slot = caches_[next.to.cpu()].secondary().find(next.message.line);
  if (slot != nullptr && (is_readable(slot->state) || is_owner(slot->state)))
    judge_copy(line, slot->data);
}

void Flight::settle(Random& random, std::uint64_t limit) {
  while (!flying_.empty() && failure_.empty()) {
    if (limit-- == 0) return fail("messages without end");
    deliver(random.below(static_cast<std::uint32_t>(flying_.size())));
  }
}

void Flight::judge_rest() {
  for (std::uint32_t cpu = 0; cpu < shape_.caches; ++cpu) {
    if (is_waiting(cpu)) fail("nothing in flight and cpu " + std::to_string(cpu) + " waits");
  }
  for (std::uint32_t line = 0; line < shape_.lines; ++line) judge_line_at_rest(line);
}

void Flight::judge_line_at_rest(std::uint32_t line) {
  const DirectoryEntry<LineData>& entry = homes_[line].entry;
  if (entry.state > HomeState::kExclusive) fail("nothing in flight and a home is busy");
  bool owned = false;
  for (std::uint32_t cpu = 0; cpu < shape_.caches; ++cpu) {
    const auto* const slot = caches_[cpu].secondary().find(Line{line});
    if (slot == nullptr) continue;
    if (caches_[cpu].secondary().is_leaving(Line{line}))
      fail("nothing in flight and a line is leaving");
    if (slot->state > CacheState::kDirtyExclusive)
      fail("nothing in flight and a line is in between");
    const bool owner = is_owner(slot->state);
    owned = owned || owner;
    const bool known =
        owner ? entry.state == HomeState::kExclusive && entry.owner == Party::cache(cpu)
              : entry.state == HomeState::kShared && (entry.sharers >> cpu & 1) != 0;
    if (!known) fail("the directory does not know of a copy");
    judge_copy(line, slot->data);
  }
  if (owned != (entry.state == HomeState::kExclusive)) fail("the directory's owner has nothing");
  if (!owned) judge_copy(line, homes_[line].memory);
}

void Flight::fail(std::string what) {
  if (failure_.empty()) failure_ = std::move(what);
}
void Flight::impossible_in_cache(CpuId cpu, CacheState in, CacheEvent on, CacheNever why) {
  fail("cache " + std::to_string(index_of(cpu)) + ": " + name_of(in) + " x " + name_of(on) +
       ", which is impossible: " + name_of(why));
}
void Flight::impossible_at_home(HomeState in, HomeEvent on, HomeNever why) {
  fail(std::string{"home: "} + name_of(in) + " x " + name_of(on) +
       ", which is impossible: " + name_of(why));
}
void Flight::impossible_at_port(Party port, MessageType type) {
  fail(name_of(port) + " gets " + name_of(type));
}

}  // namespace test
