#include "numa/coherence/memory_system.hpp"

#include <algorithm>
#include <bit>

#include "common/check.hpp"

namespace numa {
using namespace coherence;

/// One line at its home. Its data is in the node's memory, which this never touches.
class MemorySystem::HomeView {
 public:
  HomeView(MemorySystem& system, Line line) : system_{system}, entry_{system.entry_of(line)} {}
  static const HomeProtocol::Table& table() { return kHomeTable; }
  Directory::Entry& entry() { return entry_; }
  NoData& memory() { return nothing_; }
  void to_party(Party to, const Message& message) { system_.to_party(to, message); }
  void impossible(HomeState in, HomeEvent on, HomeNever why) {
    system_.impossible_at_home(in, on, why);
  }

 private:
  MemorySystem& system_;
  Directory::Entry& entry_;
  NoData nothing_;
};

MemorySystem::MemorySystem(const MemorySystemConfig& config, MemorySystemListener& listener)
    : config_{config},
      listener_{listener},
      line_shift_{config.secondary.line_shift()},
      cpu_counters_(config.topology.cpus()),
      node_counters_(config.topology.nodes) {
  CHECK(check_config(config));
  const auto cycles = [&](std::uint64_t ps) { return cycles_of(ps, config.clock_hz); };
  const Cycles local = cycles(config.latency.local);
  const bool uma = config.access == MemoryAccess::kUma;
  latency_ = {cycles(config.latency.secondary), local, uma ? local : cycles(config.latency.remote),
              uma ? local : cycles(config.latency.dirty_remote)};
  primary_stall_ = cycles(config.latency.primary) - Cycles{1};
  hop_ = Cycles{(latency_[static_cast<unsigned>(MissClass::kRemote)] - local).count() / 2};
  const Cycles controller =
      config.occupancy.modelled ? cycles(config.occupancy.controller) : Cycles{0};
  const Cycles network = config.occupancy.modelled ? cycles(config.occupancy.network) : Cycles{0};
  caches_.reserve(config.topology.cpus());
  for (std::uint32_t cpu = 0; cpu < config.topology.cpus(); ++cpu) {
    caches_.emplace_back(*this, CpuId{cpu}, config.primary_instruction, config.primary_data,
                         config.secondary);
  }
  for (std::uint32_t port = 0; port < config.topology.cpus() + config.topology.nodes; ++port) {
    ports_.emplace_back(*this, Party::port(port));
  }
  directories_.reserve(config.topology.nodes);
  for (std::uint32_t node = 0; node < config.topology.nodes; ++node) {
    directories_.emplace_back(config.memory_per_node, line_shift_);
    controllers_.emplace_back(controller);
    networks_.emplace_back(network);
  }
}

MemorySystem::~MemorySystem() = default;

NodeId MemorySystem::node_of(Party party) const {
  if (party.is_cache()) return config_.topology.node_of(CpuId{party.cpu()});
  const std::uint32_t cpus = config_.topology.cpus();
  return party.port() < cpus ? config_.topology.node_of(CpuId{party.port()})
                             : NodeId{party.port() - cpus};
}

Directory::Entry& MemorySystem::entry_of(Line line) {
  const MachineAddr at = address_of(line);
  const std::uint32_t node = index_of(numa::node_of(at));
  CHECK(node < directories_.size());
  Directory::Entry* const entry = directories_[node].find(offset_of(at));
  CHECK(entry != nullptr);
  return *entry;
}

Cycles MemorySystem::miss(CpuId cpu, const CacheAccess& access, Cycles now) {
  Controller& caches = caches_[index_of(cpu)];
  CpuMemoryCounters& counters = cpu_counters_[index_of(cpu)][static_cast<unsigned>(access.mode)];
  const auto kind = static_cast<unsigned>(access.kind);
  now_ = now;
  course_ = Course{};
  caches.start(access);
  finish();
  CHECK(!caches.is_waiting());
  if (!course_.asked && caches.primary_had_it()) return primary_stall_;
  const NodeId from = config_.topology.node_of(cpu);
  const NodeId home = numa::node_of(access.at);
  const MissClass found = classify(from, home);
  const Cycles queued = course_.asked ? queueing(from, home, now) : Cycles{0};
  if (course_.written_back != 0) queue_writebacks(from, now);
  const Cycles stall = latency(found) - Cycles{1} + queued;
  ++counters.misses[kind][static_cast<unsigned>(found)];
  counters.stalled[kind][static_cast<unsigned>(found)] += stall;
  counters.queued += queued;
  return stall;
}

MissClass MemorySystem::classify(NodeId from, NodeId home) const {
  if (!course_.asked) return MissClass::kSecondary;
  if (course_.three_hop) return MissClass::kDirtyRemote;
  return from == home ? MissClass::kLocal : MissClass::kRemote;
}

Cycles MemorySystem::latency(MissClass found) const {
  return latency_[static_cast<unsigned>(found)];
}

void MemorySystem::finish() {
  while (mail_first_ != mail_end_) {
    const Envelope next = mail_[mail_first_++ % mail_.size()];
    if (next.to_home) {
      HomeView home{*this, next.message.line};
      home_step<NoData>(home, next.message);
    } else if (next.to.is_cache()) {
      caches_[next.to.cpu()].receive(next.message);
    } else {
      ports_[next.to.port()].receive(next.message);
    }
  }
}

void MemorySystem::to_home(const Message& message) {
  CHECK(mail_end_ - mail_first_ < mail_.size());
  mail_[mail_end_++ % mail_.size()] = Envelope{message, Party{}, true};
  count_at_home(message);
}

void MemorySystem::to_party(Party to, const Message& message) {
  CHECK(mail_end_ - mail_first_ < mail_.size());
  mail_[mail_end_++ % mail_.size()] = Envelope{message, to, false};
  note(to, message);
}

void MemorySystem::count_at_home(const Message& message) {
  const NodeId home = node_of(message.line);
  const NodeId from = node_of(message.requester);
  NodeMemoryCounters& node = node_counters_[index_of(home)];
  const auto request = [&](HomeRequest::Kind kind) {
    course_.asked = true;
    ++(from == home ? node.requests_local : node.requests_remote);
    listener_.home_request(HomeRequest{CpuId{message.requester.cpu()}, from, home,
                                       address_of(message.line), kind, now_});
  };
  switch (message.type) {
    case MessageType::kGet: return request(HomeRequest::Kind::kRead);
    case MessageType::kGetExclusive: return request(HomeRequest::Kind::kWrite);
    case MessageType::kUpgrade: return request(HomeRequest::Kind::kUpgrade);
    case MessageType::kUncachedRead:
    case MessageType::kUncachedWrite:
      course_.asked = true;
      ++node.uncached;
      break;
    case MessageType::kPutDirty:
      ++node.writebacks;
      course_.written_back |= std::uint64_t{1} << index_of(home);
      break;
    default: break;
  }
}

void MemorySystem::note(Party to, const Message& message) {
  const NodeId home = node_of(message.line);
  NodeMemoryCounters& node = node_counters_[index_of(home)];
  switch (message.type) {
    case MessageType::kShare:
    case MessageType::kYield:
    case MessageType::kRecall: {
      ++node.interventions;
      course_.intervened = true;
      course_.owner = node_of(to);
      // Within one node the bus does it at the price of local memory.
      if (course_.owner != home || node_of(message.requester) != home) course_.three_hop = true;
      break;
    }
    case MessageType::kInvalidate:
      ++node.invalidations;
      if (node_of(to) != home) course_.three_hop = true;
      break;
    default: break;
  }
}

Cycles MemorySystem::queueing(NodeId from, NodeId home, Cycles now) {
  if (!config_.occupancy.modelled) return Cycles{0};
  Cycles waited;
  Cycles at = now;
  const auto visit = [&](OccupancyQueue& queue) {
    const Cycles delay = queue.arrive(at);
    waited += delay;
    at += delay;
  };
  const auto cross = [&](NodeId leaving) {
    visit(networks_[index_of(leaving)]);
    at += hop_;
  };
  NodeId place = home;
  if (from != home) cross(from);
  visit(controllers_[index_of(home)]);
  if (course_.intervened && course_.owner != home) {
    cross(home);
    place = course_.owner;
    visit(controllers_[index_of(place)]);
  }
  if (place != from) cross(place);
  return waited;
}

void MemorySystem::queue_writebacks(NodeId from, Cycles now) {
  if (!config_.occupancy.modelled) return;
  // Nobody waits for them, but they delay others.
  for (std::uint64_t left = course_.written_back; left != 0; left &= left - 1) {
    const auto home = static_cast<std::uint32_t>(std::countr_zero(left));
    Cycles at = now;
    if (index_of(from) != home) at += networks_[index_of(from)].arrive(at) + hop_;
    controllers_[home].arrive(at);
  }
}

MemorySystem::PortTime MemorySystem::port_access(Port& port, Direction direction, Line line,
                                                 NodeId from, Cycles now) {
  now_ = now;
  course_ = Course{};
  if (direction == Direction::kRead) {
    port.read(line);
  } else {
    port.write(line, NoData{});
  }
  finish();
  CHECK(!port.is_waiting());
  const NodeId home = node_of(line);
  return {latency(classify(from, home)), queueing(from, home, now)};
}

Cycles MemorySystem::uncached(CpuId cpu, Direction direction, MachineAddr at, Cycles now,
                              Mode mode) {
  const NodeId from = config_.topology.node_of(cpu);
  const std::uint32_t home = index_of(numa::node_of(at));
  PortTime took{latency(NodeId{home} == from ? MissClass::kLocal : MissClass::kRemote), Cycles{0}};
  if (home < directories_.size() && directories_[home].find(offset_of(at)) != nullptr) {
    took = port_access(ports_[index_of(cpu)], direction, caches_[index_of(cpu)].line_of(at), from,
                       now);
  }
  const Cycles stall = took.all() - Cycles{1};
  CpuMemoryCounters& counters = cpu_counters_[index_of(cpu)][static_cast<unsigned>(mode)];
  ++counters.uncached;
  counters.uncached_stalled += stall;
  counters.queued += took.queued;
  return stall;
}

Cycles MemorySystem::dma(NodeId node, Direction direction, MachineAddr at, std::uint64_t bytes,
                         Cycles now) {
  Port& port = ports_[config_.topology.cpus() + index_of(node)];
  Cycles done;
  const std::uint64_t last = (at.bits() + bytes - 1) >> line_shift_;
  for (std::uint64_t line = at.bits() >> line_shift_; line <= last; ++line) {
    done = std::max(done, port_access(port, direction, Line{line}, node, now).all());
  }
  return done;
}

}  // namespace numa
