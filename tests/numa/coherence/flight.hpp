// The shipped controllers over lines that carry their own data: caches, ports and homes with every
// message in flight until somebody delivers it. Memory is written by write-backs only. Judges after
// every message that there is one writer or only readers, and that every copy is what was written
// last.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "numa/coherence/cache_controller.hpp"
#include "numa/coherence/directory_protocol.hpp"
#include "numa/coherence/uncached_port.hpp"
#include "tests/numa/coherence/random.hpp"
#include "tests/numa/coherence/tables.hpp"

namespace test {
using namespace numa::coherence;
using common::CpuId;
using common::MachineAddr;
using common::VirtAddr;

inline constexpr unsigned kWords =
    4;  // of a line of 128 bytes, one in each line of the primary cache

struct LineData {
  std::array<std::uint32_t, kWords> words{};
  std::uint8_t written = 0;  // of an uncached write: which words
  void merge(const LineData& bytes) {
    for (unsigned w = 0; w < kWords; ++w) {
      if ((bytes.written >> w & 1) != 0) words[w] = bytes.words[w];
    }
    written = bytes.written;  // until the judge has seen it
  }
};

struct FlightShape {
  std::uint32_t caches = 4;
  std::uint32_t lines = 4;
  numa::CacheGeometry primary{256, 2, 32};
  numa::CacheGeometry secondary{256, 2, 128};  // one set of two lines
};

enum class Op : std::uint8_t {
  kLoad,
  kStore,
  kLoadLinked,
  kStoreConditional,
  kUncachedLoad,
  kUncachedStore,
  kReplace
};

struct Operation {
  Op op{};
  std::uint32_t line = 0;
  std::uint32_t word = 0;
  std::uint32_t value = 0;  // of stores; unique in the run, so that every value tells who wrote it
};

/// What an operation gave: the value loaded, or whether a store-conditional succeeded.
struct Outcome {
  bool done = false;
  std::uint32_t value = 0;
};

struct FlightCounters {
  /// Of memory: replacements and store-conditionals without a link are none.
  std::uint64_t accesses = 0;
  std::uint64_t primary_hits = 0, messages = 0;
  std::uint64_t by_type[kMessageTypes] = {};
  std::uint64_t used_once = 0;        // shared data invalidated before it came
  std::uint64_t stale_allowed = 0;    // of these: the value had been overwritten meanwhile
  std::uint64_t unknown_history = 0;  // overwritten too often to know: not judged
  std::uint64_t conditional_done = 0, conditional_failed = 0;
  std::uint64_t most_in_flight = 0;
};

class Flight {
 public:
  Flight(const FlightShape& shape, const Tables& tables);
  Flight(const Flight&) = delete;
  Flight& operator=(const Flight&) = delete;

  /// Whether the CPU may issue this now.
  bool can_issue(std::uint32_t cpu, const Operation& operation);
  /// outcome(cpu).done becomes true, now or after deliveries.
  void issue(std::uint32_t cpu, const Operation& operation);
  bool is_waiting(std::uint32_t cpu) const { return !cpus_[cpu].outcome.done; }
  const Outcome& outcome(std::uint32_t cpu) const { return cpus_[cpu].outcome; }

  std::size_t in_flight() const { return flying_.size(); }
  void deliver(std::size_t index);
  /// Delivers messages in random order until none is left, at most `limit`.
  void settle(Random& random, std::uint64_t limit);
  /// Call when nothing is in flight: directories, caches, memory and the values written last agree.
  void judge_rest();

  /// Empty, or the first thing that was wrong.
  const std::string& failure() const { return failure_; }
  const FlightCounters& counters() const { return counters_; }
  std::uint32_t current(std::uint32_t line, std::uint32_t word) const {
    return truth_[line].words[word].value;
  }

  // What the controllers call.
  const CacheProtocol::Table& cache_table() { return tables_.cache; }
  void to_home(const Message<LineData>& message) { send({true, Party{}, message}); }
  void to_party(Party to, const Message<LineData>& message) { send({false, to, message}); }
  void performed(CpuId cpu, const CacheAccess& access, Line line, CacheState state, LineData& data);
  void lost(CpuId cpu, Line line, Loss loss);
  void changed(CpuId cpu, Line line, CacheState from, CacheState to);
  void port_done(Party port, Line line, const LineData& data);
  void impossible_in_cache(CpuId cpu, CacheState in, CacheEvent on, CacheNever why);
  void impossible_at_home(HomeState in, HomeEvent on, HomeNever why);
  void impossible_at_port(Party port, MessageType type);

 private:
  static constexpr unsigned kHistory = 64;
  static constexpr unsigned kLineShift = 7;

  struct Flying {
    bool to_home = false;
    Party to;
    Message<LineData> message;
  };
  /// What a word was, newest value last written at `version`.
  struct Word {
    std::uint32_t value = 0;
    std::uint64_t version = 0;
    std::array<std::uint32_t, kHistory> history{};  // by version % kHistory
  };
  struct Truth {
    std::array<Word, kWords> words;
    std::uint64_t version = 0;              // writes to any word
    std::uint64_t readers = 0, owners = 0;  // bit per cache
  };
  struct HomeLine {
    DirectoryEntry<LineData> entry;
    LineData memory;
  };
  struct Cpu {
    Operation operation;
    Outcome outcome{true, 0};
    std::uint64_t issued_at = 0;  // the word's version then
    bool linked = false;
    bool must_unlink = false;  // the linked line was lost or taken down in the step under way
    std::uint32_t link = 0;
    std::uint64_t link_version = 0;  // the line's version when it was linked
  };
  class HomeView;

  void send(const Flying& message);
  void fail(std::string what);
  void perform(std::uint32_t cpu, LineData& data, bool is_use_once);
  void wrote(std::uint32_t line, std::uint32_t word, std::uint32_t value);
  void judge_value(std::uint32_t line, std::uint32_t word, std::uint32_t value,
                   std::uint64_t since);
  void judge_link(std::uint32_t cpu);
  void judge_copy(std::uint32_t line, const LineData& data);
  void judge_line_at_rest(std::uint32_t line);
  MachineAddr address_of(const Operation& operation) const;

  FlightShape shape_;
  const Tables& tables_;
  std::vector<CacheController<LineData, Flight>> caches_;
  std::vector<UncachedPort<LineData, Flight>> ports_;
  std::vector<HomeLine> homes_;
  std::vector<Truth> truth_;
  std::vector<Cpu> cpus_;
  std::vector<Flying> flying_;
  FlightCounters counters_;
  std::string failure_;
};

}  // namespace test
