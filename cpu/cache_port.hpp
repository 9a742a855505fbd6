// What a processor needs from caches, in fidelity `memory`. Declared here, by the user; the machine
// (config/) implements it over numa's memory system. Caches hold tags and states, data is in
// memory: a reference through here only says how long it takes, and what it does to the caches.
#pragma once

#include <cstdint>

#include "common/address.hpp"
#include "common/units.hpp"

namespace cpu {
using namespace common;

/// The most recently used way of each set of a primary cache, as the cache itself keeps it. A
/// reference that hits there changes nothing and costs nothing, so the processor looks before it
/// asks.
struct PrimaryTags {
  /// Machine address of the line in units of lines, << 2 | kWritable | kReadable; 0: empty. Null:
  /// ask always.
  const std::uint64_t* tags = nullptr;
  std::uint64_t sets = 1;    // a power of two; the virtual address selects one
  std::uint32_t stride = 1;  // tags from one set to the next
  unsigned line_shift = 5;

  static constexpr std::uint64_t kReadable = 1, kWritable = 2;

  bool may_read(VirtAddr va, MachineAddr at) const {
    return tags != nullptr && (tag(va) | kWritable) == wanted(at);
  }
  bool may_write(VirtAddr va, MachineAddr at) const {
    return tags != nullptr && tag(va) == wanted(at);
  }

 private:
  std::uint64_t tag(VirtAddr va) const {
    return tags[(va.bits() >> line_shift & (sets - 1)) * stride];
  }
  std::uint64_t wanted(MachineAddr at) const {
    return at.bits() >> line_shift << 2 | kWritable | kReadable;
  }
};

/// Which cache a CACHE instruction names (R10000 UM 10, CACHE).
enum class CacheName : std::uint8_t { kPrimaryInstruction, kPrimaryData, kSecondary };

class CachePort {
 public:
  virtual ~CachePort() = default;

  enum class Use : std::uint8_t { kFetch, kLoad, kStore };

  virtual PrimaryTags instruction_tags(CpuId cpu) const = 0;
  virtual PrimaryTags data_tags(CpuId cpu) const = 0;

  /// What a reference met. The stall is in cycles beyond the instruction's own.
  struct Outcome {
    Cycles stall;
    bool missed_primary = false, missed_secondary = false;
    bool was_shared = false;  // a store to a line that the secondary cache held shared
  };
  /// A reference to cached RAM. `now` is when it begins; `mode` is whose counters it goes to.
  virtual Outcome cached(CpuId cpu, Use use, Mode mode, VirtAddr va, MachineAddr at,
                         Cycles now) = 0;
  /// A reference past the caches: uncached pages, ROM, devices.
  virtual Cycles uncached(CpuId cpu, Use use, Mode mode, MachineAddr at, Cycles now) = 0;

  /// CACHE Hit Invalidate and Hit Writeback Invalidate, which are one: dirty data is never lost.
  /// `hit`: the line was there.
  struct Done {
    Cycles stall;
    bool hit = false;
  };
  virtual Done hit_invalidate(CpuId cpu, CacheName cache, VirtAddr va, MachineAddr at,
                              Cycles now) = 0;
  /// CACHE Index Invalidate, Index Writeback Invalidate, Index Store Tag. `va` is the instruction's
  /// address: it selects set and way.
  virtual Cycles index_invalidate(CpuId cpu, CacheName cache, VirtAddr va, Cycles now) = 0;
  /// CACHE Index Load Tag. `state` is the secondary cache's: 0 invalid, 1 shared, 2 clean
  /// exclusive, 3 dirty exclusive; in the primary instruction cache only 0 and 1.
  struct Tag {
    std::uint8_t state = 0;
    MachineAddr at;
    std::uint8_t virtual_index =
        0;  // secondary cache: bits 13:12 of the primary copies' virtual address
    std::uint8_t secondary_way = 0;  // primary data cache: where the secondary one has the line
    bool is_written = false;         // primary data cache
  };
  virtual Tag index_load_tag(CpuId cpu, CacheName cache, VirtAddr va) = 0;
};

}  // namespace cpu
