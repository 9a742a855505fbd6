// A second model of caches and directories, written for being evident: lists with the time of last
// use, no messages, no tables, no tags. It shares no code with numa/coherence and must count the
// same.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace test {

struct NaiveShape {
  struct Cache {
    std::uint64_t bytes, ways, line;
  };
  std::uint32_t nodes = 1, cpus_per_node = 1;
  Cache instruction{32768, 2, 64}, data{32768, 2, 32}, secondary{1048576, 2, 128};
};

enum class NaiveKind { kFetch, kLoad, kStore };
enum class NaiveFound { kPrimary, kSecondary, kLocal, kRemote, kDirtyRemote };

struct NaiveCpuCounts {
  std::uint64_t primary_misses[3] = {}, secondary_misses[3] = {};
  std::uint64_t primary_writebacks = 0, aliases = 0, secondary_hits = 0, upgrades = 0,
                writebacks = 0, clean_replacements = 0, shared_replacements = 0, invalidations = 0,
                interventions = 0;
};
struct NaiveNodeCounts {
  std::uint64_t requests_local = 0, requests_remote = 0, uncached = 0, writebacks = 0,
                interventions = 0, invalidations = 0;
};
struct NaivePageCounts {
  std::uint64_t reads = 0, writes = 0, upgrades = 0;
  bool operator==(const NaivePageCounts&) const = default;
};

class NaiveMemory {
 public:
  explicit NaiveMemory(const NaiveShape& shape);

  NaiveFound access(std::uint32_t cpu, NaiveKind kind, std::uint64_t va, std::uint64_t pa);
  /// Of a CPU or a device in `node`.
  NaiveFound uncached(std::uint32_t node, bool write, std::uint64_t pa);
  /// Write-back-invalidate of a line of the secondary cache, or of a primary one only.
  void flush(std::uint32_t cpu, std::uint64_t pa);
  void flush_primary(std::uint32_t cpu, bool instruction, std::uint64_t va, std::uint64_t pa);

  std::vector<NaiveCpuCounts> cpus;
  std::vector<NaiveNodeCounts> nodes;
  std::map<std::pair<std::uint64_t, std::uint32_t>, NaivePageCounts> pages;  // by (4 KB page, node)

 private:
  struct PrimaryLine {
    std::uint64_t number, set, used;
    bool writable;
  };
  struct SecondaryLine {
    std::uint64_t number, used, virtual_index;
    enum { kShared, kClean, kDirty } state;
  };
  struct Caches {
    std::vector<PrimaryLine> instruction, data;
    std::vector<SecondaryLine> secondary;
  };
  /// What the home knows of a line.
  struct Home {
    std::optional<std::uint32_t> owner;
    std::set<std::uint32_t> sharers;
  };

  std::uint32_t node_of(std::uint32_t cpu) const { return cpu / shape_.cpus_per_node; }
  static std::uint32_t home_of(std::uint64_t pa) { return static_cast<std::uint32_t>(pa >> 32); }
  SecondaryLine* find(std::uint32_t cpu, std::uint64_t number);
  void drop(std::uint32_t cpu, std::uint64_t number);
  bool drop_parts(std::uint32_t cpu, std::uint64_t number);
  void make_room(std::uint32_t cpu, std::uint64_t number);
  void leave(std::uint32_t cpu, const SecondaryLine& line);
  void fill_primary(std::uint32_t cpu, NaiveKind kind, std::uint64_t va, std::uint64_t pa);
  bool ask_owner(Home& home, std::uint64_t pa, std::uint32_t node, bool yields);
  bool invalidate(Home& home, std::uint64_t pa, std::optional<std::uint32_t> but);
  NaiveFound found(std::uint32_t node, std::uint64_t pa, bool three_hop) const;

  NaiveShape shape_;
  std::uint64_t now_ = 0;
  std::vector<Caches> caches_;
  std::map<std::uint64_t, Home> homes_;  // by line
};

}  // namespace test
