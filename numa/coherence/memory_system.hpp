// The memory system as CPUs and devices see it: caches, directories and the cost of an access. It
// is the shipped use of the protocol: lines are tags and states, data is in the nodes' memory, and
// a transaction is over before the call that caused it returns, so that the order of calls is the
// order of memory. It knows neither pages nor instructions; MAGIC's counters and a CPU's fast paths
// listen.
//
// How the machine uses it (in `memory` fidelity):
//   cycles += system.access(cpu, {kind, va, at}, now)      for every cached reference to RAM
//   cycles += system.uncached(...)                          for uncached ones, and for devices and
//   what a CPU remembers about a line (its link, fast-path rights) goes when the listener says so.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "common/counters.hpp"
#include "common/state.hpp"
#include "numa/coherence/cache_controller.hpp"
#include "numa/coherence/directory.hpp"
#include "numa/coherence/geometry.hpp"
#include "numa/coherence/occupancy.hpp"
#include "numa/coherence/uncached_port.hpp"

namespace numa {

/// Where an access that missed in the primary cache found its line.
enum class MissClass : std::uint8_t { kSecondary, kLocal, kRemote, kDirtyRemote };
inline constexpr unsigned kMissClasses = 4;

/// A request of a CPU that reached a home: a miss of the secondary cache, or an upgrade.
struct HomeRequest {
  enum class Kind : std::uint8_t { kRead, kWrite, kUpgrade };
  CpuId cpu{};
  NodeId from{}, home{};
  MachineAddr at;  // the first byte of the line
  Kind kind{};
  Cycles now;
};

class MemorySystemListener {
 public:
  virtual ~MemorySystemListener() = default;
  /// A line left a CPU's caches or lost the right to be written: whatever fast path relied on it is
  /// void, and, but for kPrimaryOnly, an LL link to it is broken. Called within the access that
  /// causes it. What the CPU's own accesses replace in a primary cache is not told: the set's most
  /// recent way is what was accessed last.
  virtual void line_lost(CpuId cpu, MachineAddr line, coherence::Loss loss) = 0;
  /// MAGIC's page counters hear of every miss here.
  virtual void home_request(const HomeRequest& request) = 0;
};

/// What one CPU did in one mode.
struct CpuMemoryCounters {
  /// References that stalled, by kind and by where the line was.
  std::uint64_t misses[coherence::kAccessKinds][kMissClasses] = {};
  Cycles stalled[coherence::kAccessKinds][kMissClasses];  // likewise; queueing included
  std::uint64_t uncached = 0;  // accesses to RAM and devices past the caches
  Cycles uncached_stalled;     // queueing included
  Cycles queued;               // the part of all stalls that was waiting for servers
};

struct NodeMemoryCounters {
  std::uint64_t requests_local = 0, requests_remote = 0;  // as a home: Get, GetExclusive, Upgrade
  std::uint64_t uncached = 0;       // as a home: uncached accesses and DMA to RAM
  std::uint64_t writebacks = 0;     // as a home: dirty lines put back
  std::uint64_t interventions = 0;  // sent
  std::uint64_t invalidations = 0;  // sent
};

class MemorySystem {
 public:
  using AccessKind = coherence::AccessKind;

  /// Requires: check_config(config). `listener` outlives this.
  MemorySystem(const MemorySystemConfig& config, MemorySystemListener& listener);
  ~MemorySystem();
  MemorySystem(const MemorySystem&) = delete;
  MemorySystem& operator=(const MemorySystem&) = delete;

  /// A cached reference to RAM. Returns the cycles by which the instruction takes longer than one.
  /// Requires: `access.at` is RAM. `now` may be earlier than that of another CPU's last call.
  /// A fetch that hits costs nothing: fetching is ahead of execution.
  Cycles access(CpuId cpu, const coherence::CacheAccess& access, Cycles now) {
    if (caches_[index_of(cpu)].primary_hits(access)) [[likely]]
      return access.kind == coherence::AccessKind::kFetch ? Cycles{0} : primary_stall_;
    return miss(cpu, access, now);
  }

  /// An uncached load or store of a CPU: coherent in RAM; elsewhere (devices, ROM) it only takes
  /// its time.
  enum class Direction : std::uint8_t { kRead, kWrite };
  Cycles uncached(CpuId cpu, Direction direction, MachineAddr at, Cycles now,
                  Mode mode = Mode::kUser);

  /// A device of `node` reads or writes RAM, line by line; caches agree with memory afterwards.
  /// Returns when the last line is done, counted from `now`. Call it before the data is moved.
  /// Requires: [at, at + bytes) is RAM of one node, bytes > 0.
  Cycles dma(NodeId node, Direction direction, MachineAddr at, std::uint64_t bytes, Cycles now);

  enum class Cache : std::uint8_t { kPrimaryInstruction, kPrimaryData, kSecondary };
  /// CACHE Hit Invalidate and Hit Writeback Invalidate: dirty data is never lost, so they are one.
  Cycles hit_invalidate(CpuId cpu, Cache cache, VirtAddr va, MachineAddr at, Cycles now);
  /// CACHE Index Invalidate, Index Writeback Invalidate and Index Store Tag. The set is selected by
  /// `va` in primary caches and by `at` in the secondary one; ways count from the most recently
  /// used.
  Cycles index_invalidate(CpuId cpu, Cache cache, VirtAddr va, MachineAddr at, std::uint32_t way,
                          Cycles now);
  /// CACHE Index Load Tag.
  struct Tag {
    coherence::CacheState state = coherence::CacheState::
        kInvalid;  // of the line in the secondary cache, whichever cache is asked
    MachineAddr at;
    std::uint8_t primary_index = 0;   // of the page in the virtual address of primary copies
    std::uint32_t secondary_way = 0;  // where the secondary cache has it
    bool is_written = false;          // primary data cache: it may be stored to without asking
  };
  Tag index_load_tag(CpuId cpu, Cache cache, VirtAddr va, MachineAddr at, std::uint32_t way);

  /// Whether a Hit operation would find the line.
  bool holds(CpuId cpu, Cache cache, VirtAddr va, MachineAddr at);
  std::uint32_t ways(Cache cache) const;

  const coherence::CacheCounters& cache_counters(CpuId cpu) const;
  const CpuMemoryCounters& cpu_counters(CpuId cpu, Mode mode) const {
    return cpu_counters_[index_of(cpu)][static_cast<unsigned>(mode)];
  }
  /// All modes together.
  CpuMemoryCounters cpu_counters(CpuId cpu) const;
  const coherence::PrimaryCache& primary_instruction(CpuId cpu) const {
    return caches_[index_of(cpu)].instruction();
  }
  const coherence::PrimaryCache& primary_data(CpuId cpu) const {
    return caches_[index_of(cpu)].data();
  }
  /// What a reference that hits in a primary data cache stalls.
  Cycles primary_stall() const { return primary_stall_; }
  const NodeMemoryCounters& node_counters(NodeId node) const {
    return node_counters_[index_of(node)];
  }
  const coherence::OccupancyQueue& controller_queue(NodeId node) const {
    return controllers_[index_of(node)];
  }
  const coherence::OccupancyQueue& network_queue(NodeId node) const {
    return networks_[index_of(node)];
  }
  /// Every counter of a CPU's caches, of a CPU in one mode, and of a node, with its name and
  /// sentence.
  void counters(CpuId cpu, CounterSink& sink) const;
  void counters(CpuId cpu, Mode mode, CounterSink& sink) const;
  void counters(NodeId node, CounterSink& sink) const;

  /// nullptr, or what in caches and directories contradicts each other. Cannot happen but after a
  /// restore of something that no machine ever was.
  const char* contradiction();

  void visit(StateVisitor& v);

  // What the protocol's controllers call.
  using Message = coherence::Message<coherence::NoData>;
  static const coherence::CacheProtocol::Table& cache_table() { return coherence::kCacheTable; }
  void to_home(const Message& message);
  void to_party(coherence::Party to, const Message& message);
  void performed(CpuId, const coherence::CacheAccess&, coherence::Line, coherence::CacheState,
                 coherence::NoData&) {}
  void lost(CpuId cpu, coherence::Line line, coherence::Loss loss) {
    listener_.line_lost(cpu, address_of(line), loss);
  }
  void changed(CpuId, coherence::Line, coherence::CacheState, coherence::CacheState) {}
  void port_done(coherence::Party, coherence::Line, const coherence::NoData&) {}
  [[noreturn]] void impossible_in_cache(CpuId, coherence::CacheState, coherence::CacheEvent,
                                        coherence::CacheNever);
  [[noreturn]] void impossible_at_home(coherence::HomeState, coherence::HomeEvent,
                                       coherence::HomeNever);
  [[noreturn]] void impossible_at_port(coherence::Party, coherence::MessageType);

 private:
  using Controller = coherence::CacheController<coherence::NoData, MemorySystem>;
  using Port = coherence::UncachedPort<coherence::NoData, MemorySystem>;
  class HomeView;
  struct Envelope {
    Message message;
    coherence::Party to;
    bool to_home = false;
  };
  /// What the messages of the transaction under way said about its course.
  struct Course {
    bool asked = false;      // a home was asked
    bool three_hop = false;  // another node's cache had to be asked
    bool intervened = false;
    NodeId owner{};                  // if intervened
    std::uint64_t written_back = 0;  // bit per node whose memory got a replaced line
  };

  MachineAddr address_of(coherence::Line line) const {
    return MachineAddr{coherence::number_of(line) << line_shift_};
  }
  NodeId node_of(coherence::Line line) const { return numa::node_of(address_of(line)); }
  NodeId node_of(coherence::Party party) const;
  coherence::Directory::Entry& entry_of(coherence::Line line);

  Cycles miss(CpuId cpu, const coherence::CacheAccess& access, Cycles now);
  /// Delivers messages until none is under way.
  void finish();
  void count_at_home(const Message& message);
  void note(coherence::Party to, const Message& message);
  struct PortTime {
    Cycles latency, queued;
    Cycles all() const { return latency + queued; }
  };
  PortTime port_access(Port& port, Direction direction, coherence::Line line, NodeId from,
                       Cycles now);
  MissClass classify(NodeId from, NodeId home) const;
  Cycles latency(MissClass found) const;
  Cycles queueing(NodeId from, NodeId home, Cycles now);
  void queue_writebacks(NodeId from, Cycles now);
  Cycles give_back(CpuId cpu, MachineAddr at, Cycles now);

  MemorySystemConfig config_;
  MemorySystemListener& listener_;
  unsigned line_shift_;
  Cycles primary_stall_, hop_;
  std::array<Cycles, kMissClasses> latency_;
  std::vector<Controller> caches_;                 // by CPU
  std::vector<Port> ports_;                        // CPUs', then nodes' DMA
  std::vector<coherence::Directory> directories_;  // by node
  std::vector<coherence::OccupancyQueue> controllers_, networks_;
  std::vector<std::array<CpuMemoryCounters, kModes>> cpu_counters_;  // by CPU
  std::vector<NodeMemoryCounters> node_counters_;

  std::array<Envelope, 256> mail_;  // a ring; a transaction never has more under way
  std::uint32_t mail_first_ = 0, mail_end_ = 0;
  Course course_;
  Cycles now_;  // of the access under way
};

}  // namespace numa
