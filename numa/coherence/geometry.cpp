#include "numa/coherence/geometry.hpp"

#include <array>
#include <string>
#include <string_view>

namespace numa {
namespace {

Result<Nothing, Error> refuse(std::string where, std::string what, std::string remedy) {
  return Failure{Error{ErrorCode::kConfig, std::move(where), std::move(what), std::move(remedy)}};
}

Result<Nothing, Error> check_power(const std::string& where, std::uint64_t value, Bounds bounds) {
  if (std::has_single_bit(value) && value >= bounds.least && value <= bounds.most) return Nothing{};
  return refuse(
      where, std::to_string(value) + " is not possible",
      "a power of two from " + std::to_string(bounds.least) + " to " + std::to_string(bounds.most));
}

Result<Nothing, Error> check_cache(const std::string& where, const CacheGeometry& cache,
                                   const CacheBounds& bounds) {
  if (auto ok = check_power(where + ".bytes", cache.bytes, bounds.bytes); !ok) return ok;
  if (auto ok = check_power(where + ".ways", cache.ways, bounds.ways); !ok) return ok;
  if (auto ok = check_power(where + ".line", cache.line, bounds.line); !ok) return ok;
  if (cache.sets() == 0)
    return refuse(where, "its ways hold less than a line", "more bytes or fewer ways");
  return Nothing{};
}

Result<Nothing, Error> check_latencies(const MemorySystemConfig& config) {
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
    if (step.value < least || step.value > kMostPicoseconds) {
      return refuse(std::string{step.name}, std::to_string(step.value) + " ps is not possible",
                    "at least what is nearer to the processor costs, at most 100 us");
    }
    least = step.value;
  }
  if (config.occupancy.controller > kMostPicoseconds ||
      config.occupancy.network > kMostPicoseconds) {
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
  if (config.clock_hz < kLeastClockHz || config.clock_hz > kMostClockHz) {
    return refuse("clock_hz", std::to_string(config.clock_hz) + " Hz is not possible",
                  "1 MHz to 4 GHz");
  }
  if (config.memory_per_node == 0 || config.memory_per_node % kPageSize != 0 ||
      config.memory_per_node > kMaxNodeRam) {
    return refuse("memory_per_node", "it is not a number of 4 KB pages of at most 4032 MB", "");
  }
  if (auto ok = check_cache("primary_instruction", config.primary_instruction, kPrimaryCaches); !ok)
    return ok;
  if (auto ok = check_cache("primary_data", config.primary_data, kPrimaryCaches); !ok) return ok;
  if (auto ok = check_cache("secondary", config.secondary, kSecondaryCaches); !ok) return ok;
  for (const CacheGeometry* primary : {&config.primary_instruction, &config.primary_data}) {
    if (primary->line > config.secondary.line || primary->bytes > config.secondary.bytes) {
      return refuse("secondary", "it cannot contain the primary caches",
                    "lines and size at least those of the primary caches");
    }
  }
  return check_latencies(config);
}

}  // namespace numa
