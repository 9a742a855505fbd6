#include "numa/coherence/geometry.hpp"

#include <array>
#include <string>
#include <string_view>

namespace numa {
namespace {

Result<Nothing, Error> refuse(std::string where, std::string what, std::string remedy) {
  return Failure{Error{ErrorCode::kConfig, std::move(where), std::move(what), std::move(remedy)}};
}

struct Range {
  std::uint64_t least = 0, most = 0;
};

Result<Nothing, Error> check_power(const std::string& where, std::uint64_t value, Range range) {
  if (std::has_single_bit(value) && value >= range.least && value <= range.most) return Nothing{};
  return refuse(
      where, std::to_string(value) + " is not possible",
      "a power of two from " + std::to_string(range.least) + " to " + std::to_string(range.most));
}

struct CacheRanges {
  Range bytes, ways, line;
};
constexpr CacheRanges kPrimary{{1 * kKiB, 1 * kMiB}, {1, 8}, {16, 128}};
constexpr CacheRanges kSecondary{{16 * kKiB, 64 * kMiB}, {1, 16}, {32, 512}};

Result<Nothing, Error> check_cache(const std::string& where, const CacheGeometry& cache,
                                   const CacheRanges& ranges) {
  if (auto ok = check_power(where + ".bytes", cache.bytes, ranges.bytes); !ok) return ok;
  if (auto ok = check_power(where + ".ways", cache.ways, ranges.ways); !ok) return ok;
  if (auto ok = check_power(where + ".line", cache.line, ranges.line); !ok) return ok;
  if (cache.sets() == 0)
    return refuse(where, "its ways hold less than a line", "more bytes or fewer ways");
  return Nothing{};
}

Result<Nothing, Error> check_latencies(const MemorySystemConfig& config) {
  constexpr std::uint64_t kMost = 100'000'000;
  const MemoryLatencies& l = config.latency;
  struct Step {
    std::string_view name;
    std::uint64_t value;
  };
  const std::array<Step, 5> steps{{{"latency.primary", l.primary},
                                   {"latency.secondary", l.secondary},
                                   {"latency.local", l.local},
                                   {"latency.remote", l.remote},
                                   {"latency.dirty_remote", l.dirty_remote}}};
  std::uint64_t least = 1;
  for (const Step& step : steps) {
    if (step.value < least || step.value > kMost) {
      return refuse(std::string{step.name}, std::to_string(step.value) + " ps is not possible",
                    "at least what is nearer to the processor costs, at most 100 us");
    }
    least = step.value;
  }
  if (config.occupancy.controller > kMost || config.occupancy.network > kMost) {
    return refuse("occupancy", "a message occupies a server for more than 100 us",
                  "at most 100 us");
  }
  return Nothing{};
}

}  // namespace

Result<Nothing, Error> check_config(const MemorySystemConfig& config) {
  const Topology& t = config.topology;
  if (t.nodes < 1 || t.nodes > kMaxNodes || t.cpus_per_node < 1 ||
      t.cpus_per_node > kMaxCpusPerNode || t.cpus() > coherence::kMaxCaches) {
    return refuse("topology",
                  std::to_string(t.nodes) + " nodes of " + std::to_string(t.cpus_per_node) +
                      " CPUs are not possible",
                  "1 to 64 CPUs in all: the directory has a bit for each cache");
  }
  if (config.clock_hz < 1'000'000 || config.clock_hz > 4'000'000'000) {
    return refuse("clock_hz", std::to_string(config.clock_hz) + " Hz is not possible",
                  "1 MHz to 4 GHz");
  }
  if (config.memory_per_node == 0 || config.memory_per_node % kPageSize != 0 ||
      config.memory_per_node > kMaxNodeRam) {
    return refuse("memory_per_node", "it is not a number of 4 KB pages of at most 4032 MB", "");
  }
  if (auto ok = check_cache("primary_instruction", config.primary_instruction, kPrimary); !ok)
    return ok;
  if (auto ok = check_cache("primary_data", config.primary_data, kPrimary); !ok) return ok;
  if (auto ok = check_cache("secondary", config.secondary, kSecondary); !ok) return ok;
  for (const CacheGeometry* primary : {&config.primary_instruction, &config.primary_data}) {
    if (primary->line > config.secondary.line || primary->bytes > config.secondary.bytes) {
      return refuse("secondary", "it cannot contain the primary caches",
                    "lines and size at least those of the primary caches");
    }
  }
  return check_latencies(config);
}

}  // namespace numa
