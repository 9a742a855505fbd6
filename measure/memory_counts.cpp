#include "measure/memory_counts.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/check.hpp"
#include "measure/tally.hpp"
#include "numa/coherence/memory_system.hpp"
#include "numa/magic/page_counters.hpp"

namespace measure {
namespace {

class JsonSink final : public CounterSink {
 public:
  void counter(const CounterInfo& info, std::uint64_t value) override {
    Json& sum = json[std::string{info.name}];
    sum = sum.is_null() ? value : sum.get<std::uint64_t>() + value;
  }
  Json json = Json::object();
};

Json shape_json(const machine::MachineConfig& config) {
  const auto cache = [](const numa::CacheGeometry& c) {
    return Json{{"bytes", c.bytes}, {"ways", c.ways}, {"line", c.line}};
  };
  return {{"nodes", config.nodes},
          {"cpus_per_node", config.cpus_per_node},
          {"memory_per_node", config.memory_per_node},
          {"instruction", cache(config.memory_system.primary_instruction)},
          {"data", cache(config.memory_system.primary_data)},
          {"secondary", cache(config.memory_system.secondary)}};
}

/// Calls seen(page, home, node, counts) for all that is not 0, by home and page.
template <class Seen>
void for_each_page(const machine::Machine& machine, Seen&& seen) {
  for (std::uint32_t home = 0; home < machine.config().nodes; ++home) {
    const auto at = [&](MachineAddr page, NodeId node, numa::PageCounters::Counts counts) {
      seen(page, home, index_of(node), counts);
    };
    machine.page_counters(NodeId{home}).for_each(machine.now(), at);
  }
}

}  // namespace

Json memory_counts(const machine::Machine& machine) {
  const numa::MemorySystem* const memory = machine.memory_system();
  CHECK(memory != nullptr);
  Json cpus = Json::array(), homes = Json::array(), pages = Json::array();
  for (std::uint32_t cpu = 0; cpu < machine.cpu_count(); ++cpu) {
    JsonSink sink;
    memory->counters(CpuId{cpu}, sink);
    for (unsigned mode = 0; mode < kModes; ++mode) {
      memory->counters(CpuId{cpu}, static_cast<Mode>(mode), sink);
    }
    cpus.push_back(std::move(sink.json));
  }
  for (std::uint32_t node = 0; node < machine.config().nodes; ++node) {
    JsonSink sink;
    memory->counters(NodeId{node}, sink);
    homes.push_back(std::move(sink.json));
  }
  for_each_page(machine, [&](MachineAddr page, std::uint32_t, std::uint32_t node,
                             numa::PageCounters::Counts counts) {
    pages.push_back({page.bits(), node, counts.reads, counts.writes});
  });
  return {{"schema", "disco-memory-counts 1"},
          {"shape", shape_json(machine.config())},
          {"cpus", std::move(cpus)},
          {"homes", std::move(homes)},
          {"pages", std::move(pages)}};
}

std::string page_counts_csv(const machine::Machine& machine) {
  std::string text = "page,home,node,reads,writes\n";
  for_each_page(machine, [&](MachineAddr page, std::uint32_t home, std::uint32_t node,
                             numa::PageCounters::Counts counts) {
    text += fmt::format("0x{:010x},{},{},{},{}\n", page.bits(), home, node, counts.reads,
                        counts.writes);
  });
  return text;
}

}  // namespace measure
