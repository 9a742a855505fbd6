// Sizes of caches and the parameters of the memory system as plain data, with their ranges.
#pragma once

#include <bit>
#include <cstdint>

#include "common/error.hpp"
#include "common/result.hpp"
#include "common/units.hpp"
#include "numa/address_map.hpp"
#include "numa/coherence/message.hpp"

namespace numa {
using namespace common;

inline constexpr std::uint64_t kLeastClockHz = 1'000'000, kMostClockHz = 4'000'000'000;

struct Bounds {
  std::uint64_t least = 0, most = 0;  // inclusive
};

/// All three are powers of two; bytes / (ways * line) sets.
struct CacheGeometry {
  std::uint64_t bytes = 0;
  std::uint32_t ways = 1;
  std::uint32_t line = 32;  // bytes

  constexpr std::uint64_t sets() const { return bytes / ways / line; }
  constexpr unsigned line_shift() const { return static_cast<unsigned>(std::countr_zero(line)); }
};

struct CacheBounds {
  Bounds bytes, ways, line;
};
inline constexpr CacheBounds kPrimaryCaches{{1 * kKiB, 1 * kMiB}, {1, 8}, {16, 128}};
inline constexpr CacheBounds kSecondaryCaches{{16 * kKiB, 64 * kMiB}, {1, 16}, {32, 512}};

/// 100 us: the longest latency, and the longest time that a message occupies a server.
inline constexpr std::uint64_t kMostPicoseconds = 100'000'000;

/// From the instruction that misses to the one that uses the value, without queues. Picoseconds,
/// 1 .. kMostPicoseconds.
struct MemoryLatencies {
  std::uint64_t primary = 2'500;
  std::uint64_t secondary = 50'000;
  std::uint64_t local = 300'000;           // Disco SOSP'97, 5: memory of the processor's own node
  std::uint64_t remote = 900'000;          // likewise, of another node
  std::uint64_t dirty_remote = 1'500'000;  // in FLASH's proportion of dirty to clean remote reads
};

/// How long a message keeps a server busy. Picoseconds, up to kMostPicoseconds; 0: never.
struct MemoryOccupancy {
  bool modelled = false;
  std::uint64_t controller = 100'000;  // directory look-up and the line's transfer
  std::uint64_t network = 40'000;      // a line at 3.2 GB/s leaving the node
};

enum class MemoryAccess : std::uint8_t { kNuma, kUma };

struct MemorySystemConfig {
  Topology topology;                                    // at most coherence::kMaxCaches CPUs
  std::uint64_t memory_per_node = 64 * kMiB;            // as MachineConfig's
  std::uint64_t clock_hz = 400'000'000;                 // kLeastClockHz .. kMostClockHz
  CacheGeometry primary_instruction{32 * kKiB, 2, 64};  // kPrimaryCaches
  CacheGeometry primary_data{32 * kKiB, 2, 32};         // kPrimaryCaches
  CacheGeometry secondary{1 * kMiB, 2, 128};            // kSecondaryCaches
  MemoryLatencies latency;  // primary <= secondary <= local <= remote <= dirty_remote
  MemoryOccupancy occupancy;
  MemoryAccess access = MemoryAccess::kNuma;  // kUma: every miss costs `local`
};

/// Error::where is the member that is out of its range.
Result<Nothing, Error> check_config(const MemorySystemConfig& config);

/// Rounded up.
constexpr Cycles cycles_of(std::uint64_t picoseconds, std::uint64_t clock_hz) {
  constexpr std::uint64_t kPerSecond = 1'000'000'000'000;
  static_assert(kMostPicoseconds <= (~std::uint64_t{0} - kPerSecond) / kMostClockHz);
  return Cycles{(picoseconds * clock_hz + kPerSecond - 1) / kPerSecond};
}

}  // namespace numa
