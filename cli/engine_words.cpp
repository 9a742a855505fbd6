#include "cli/engine_words.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <numeric>

namespace cli {

cpu::EngineCounts engine_counts(machine::Machine& machine) {
  cpu::EngineCounts sum;
  const std::uint32_t cpus = machine.config().nodes * machine.config().cpus_per_node;
  for (std::uint32_t n = 0; n < cpus; ++n) {
    const cpu::EngineCounts one = machine.cpu(common::CpuId{n}).engine_counts();
    sum.translated += one.translated;
    for (std::size_t i = 0; i < sum.interpreted.size(); ++i)
      sum.interpreted[i] += one.interpreted[i];
    sum.blocks += one.blocks;
    sum.instructions += one.instructions;
    sum.bytes += one.bytes;
    sum.entries += one.entries;
    sum.flushes += one.flushes;
  }
  return sum;
}

std::string engine_words(const cpu::EngineCounts& counts) {
  const std::uint64_t all =
      std::accumulate(counts.interpreted.begin(), counts.interpreted.end(), counts.translated);
  const auto percent = [all](std::uint64_t part) {
    return all == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(all);
  };
  std::string words =
      fmt::format("translated {:.2f} % of {} instructions", percent(counts.translated), all);
  const char* before = "; interpreted: ";
  for (std::size_t i = 0; i < counts.interpreted.size(); ++i) {
    if (counts.interpreted[i] == 0) continue;
    words += fmt::format("{}{:.2f} % {}", before, percent(counts.interpreted[i]),
                         cpu::kInterpretedNames[i]);
    before = ", ";
  }
  return words;
}

common::Json engine_json(const cpu::EngineCounts& counts) {
  common::Json interpreted = common::Json::object();
  for (std::size_t i = 0; i < counts.interpreted.size(); ++i) {
    interpreted[std::string{cpu::kInterpretedNames[i]}] = counts.interpreted[i];
  }
  return {{"translated", counts.translated}, {"interpreted", interpreted},
          {"blocks", counts.blocks},         {"instructions_in_blocks", counts.instructions},
          {"bytes", counts.bytes},           {"entries", counts.entries},
          {"flushes", counts.flushes}};
}

}  // namespace cli
