#include "lab/points/results.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "lab/points/quoting.hpp"
#include "measure/metrics.hpp"
#include "numa/address_map.hpp"

namespace lab {
namespace {

Json who_json(const measure::Cost& cost) {
  Json json = Json::object();
  for (std::size_t w = 0; w < measure::kWho; ++w)
    json[std::string{name_of(static_cast<measure::Who>(w))}] = cost.by_who[w];
  return json;
}

Json buckets_json(const measure::Cost& cost) {
  Json json = Json::object();
  const auto& names = measure::MonitorView::bucket_names();
  for (std::size_t b = 0; b < names.size(); ++b) {
    if (const std::uint64_t cycles = cost.bucket(b)) json[names[b]] = cycles;
  }
  return json;
}

// operation -> bucket -> cycles
Json operations_json(const measure::Cost& cost) {
  Json json = Json::object();
  const auto& operations = measure::MonitorView::operation_names();
  const auto& buckets = measure::MonitorView::bucket_names();
  for (std::size_t op = 0; op < operations.size(); ++op) {
    for (std::size_t b = 0; b < buckets.size(); ++b) {
      const std::uint64_t cycles = cost.by_cell[op * measure::kMostBuckets + b];
      if (cycles != 0) json[operations[op]][buckets[b]] = cycles;
    }
  }
  return json;
}

Json class_json(measure::EpisodeClass which, const measure::ClassStats& c, std::uint64_t cycles) {
  Json kinds = Json::object(), modes = Json::object();
  for (std::size_t k = 0; k < measure::kMissKinds; ++k)
    kinds[std::string{name_of(static_cast<measure::MissKind>(k))}] = c.by_kind[k];
  for (std::size_t m = 0; m < kModes; ++m)
    modes[std::string{measure::name_of(static_cast<Mode>(m))}] = c.by_mode[m];
  Json json = {
      {"name", info_of(which).name},
      {"title", info_of(which).title},
      {"count", c.count},
      {"by_kind", kinds},
      {"by_mode", modes},
      {"reflected", c.reflected},
      {"nested", c.nested},
      {"traps", c.traps},
      {"cycles", c.cycles.sum()},
      {"mean", c.cycles.mean()},
      {"least", c.cycles.least()},
      {"p50", c.cycles.quantile(0.50)},
      {"p95", c.cycles.quantile(0.95)},
      {"p99", c.cycles.quantile(0.99)},
      {"greatest", c.cycles.greatest()},
      {"share",
       cycles == 0 ? 0.0 : static_cast<double>(c.cycles.sum()) / static_cast<double>(cycles)},
      {"who", who_json(c.cost)},
      {"buckets", buckets_json(c.cost)},
      {"operations", operations_json(c.cost)}};
  Json bins = Json::array();
  for (const measure::Histogram::Bin& bin : c.cycles.bins())
    bins.push_back({bin.low, bin.width, bin.count});
  json["histogram"] = std::move(bins);
  return json;
}

Json identity_json(const measure::Identity& one) {
  return {{"name", one.name},   {"claim", one.claim},           {"left", one.left},
          {"right", one.right}, {"left_value", one.left_value}, {"right_value", one.right_value},
          {"holds", one.holds}};
}

}  // namespace

Json phase_json(const measure::PhaseResult& phase, bool virtualised, std::uint64_t clock_hz) {
  Json json = {{"name", phase.name}, {"began", phase.began}, {"ended", phase.ended}};
  if (!phase.began) return json;
  json["from_cycle"] = phase.from_cycle;
  json["to_cycle"] = phase.to_cycle;
  json["cycles"] = phase.cycles();
  json["instructions"] = phase.instructions;
  json["metrics"] = metrics_of(phase, virtualised, clock_hz);
  json["who"] = who_json(phase.episodes.cost);
  json["buckets"] = buckets_json(phase.episodes.cost);
  json["operations"] = operations_json(phase.episodes.cost);
  // Of all processors together, like the episodes.
  const auto clock = phase.tally.find("clock.cycles");
  const std::uint64_t cycles = clock != phase.tally.end() ? clock->second : phase.cycles();
  Json classes = Json::array();
  for (std::size_t c = 0; c < measure::kEpisodeClasses; ++c) {
    const measure::ClassStats& stats = phase.episodes.classes[c];
    if (stats.count != 0)
      classes.push_back(class_json(static_cast<measure::EpisodeClass>(c), stats, cycles));
  }
  json["classes"] = std::move(classes);
  json["random_indices"] = phase.episodes.random_indices;
  json["counters"] = phase.tally;
  Json identities = Json::array();
  for (const measure::Identity& one : phase.identities) identities.push_back(identity_json(one));
  json["identities"] = std::move(identities);
  return json;
}

std::string counters_csv(const std::vector<measure::PhaseResult>& phases, const std::string& point,
                         std::uint64_t repeat) {
  const std::string where = csv_field(point);
  std::string text = "point,repeat,phase,name,unit,value\n";
  for (const measure::PhaseResult& phase : phases) {
    if (!phase.began) continue;
    for (const auto& [name, value] : phase.tally) {
      text += fmt::format("{},{},{},{},{},{}\n", where, repeat, csv_field(phase.name),
                          csv_field(name), csv_field(measure::describe_counter(name).unit), value);
    }
  }
  return text;
}

std::string cpu_counters_csv(const std::vector<measure::PhaseResult>& phases,
                             const std::string& point, std::uint64_t repeat,
                             std::uint32_t cpus_per_node) {
  const std::string where = csv_field(point);
  std::string text = "point,repeat,phase,node,cpu,name,unit,value\n";
  for (const measure::PhaseResult& phase : phases) {
    for (std::size_t cpu = 0; cpu < phase.by_cpu.size(); ++cpu) {
      for (const auto& [name, value] : phase.by_cpu[cpu]) {
        text += fmt::format("{},{},{},{},{},{},{},{}\n", where, repeat, csv_field(phase.name),
                            cpu / cpus_per_node, cpu, csv_field(name),
                            csv_field(measure::describe_counter(name).unit), value);
      }
    }
  }
  return text;
}

std::string pages_csv(const std::vector<measure::PhaseResult>& phases, const std::string& point,
                      std::uint64_t repeat, const machine::SymbolTable& kernel) {
  const std::string where = csv_field(point);
  std::string text = "point,repeat,phase,page,home,node,reads,writes,owner\n";
  for (const measure::PhaseResult& phase : phases) {
    for (const measure::PageCount& one : phase.pages) {
      text +=
          fmt::format("{},{},{},0x{:010x},{},{},{},{},{}\n", where, repeat, csv_field(phase.name),
                      one.page.bits(), index_of(numa::node_of(one.page)), one.node, one.reads,
                      one.writes, csv_field(measure::owner_of(one.page, kernel)));
    }
  }
  return text;
}

}  // namespace lab
