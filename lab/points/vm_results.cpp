#include "lab/points/vm_results.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "lab/points/quoting.hpp"
#include "measure/metrics.hpp"

namespace lab {
namespace {

using measure::Timeline;
using measure::VmStatus;

/// Of the timeline in results.json and of the trace file, which takes some 100 bytes for each.
constexpr std::size_t kMostShown = 20'000, kMostTraced = 400'000;
/// Identities of so many virtual machines are written one by one.
constexpr std::size_t kMostBroken = 20;

std::string name_of(const machine::Booted& booted, std::int32_t vm) {
  if (vm == Timeline::kSeveral) return "several";
  const auto number = static_cast<std::size_t>(vm);
  return number < booted.vms.size() ? booted.vms[number].name : "vm " + std::to_string(vm);
}

Json broken_json(const measure::PhaseResult& phase) {
  Json list = Json::array();
  for (const measure::Identity& one : phase.identities) {
    if (one.holds || list.size() == kMostBroken) continue;
    list.push_back({{"name", one.name},
                    {"claim", one.claim},
                    {"left_value", one.left_value},
                    {"right_value", one.right_value}});
  }
  return list;
}

Json phase_of_vm(const measure::PhaseResult& phase, std::uint64_t clock_hz) {
  Json json = {{"name", phase.name}, {"began", phase.began}, {"ended", phase.ended}};
  if (!phase.began) return json;
  json["from_cycle"] = phase.from_cycle;
  json["to_cycle"] = phase.to_cycle;
  json["cycles"] = phase.cycles();
  json["on_cpu"] = phase.tally.at("clock.cycles");
  const auto pages = phase.tally.find("monitor.pages_given");
  json["pages_given"] = pages == phase.tally.end() ? 0 : pages->second;
  json["instructions"] = phase.instructions;
  Json metrics = Json::object();
  for (const auto& [name, value] : metrics_of(phase, true, clock_hz)) {
    if (!name.starts_with("class.")) metrics[name] = value;
  }
  json["metrics"] = std::move(metrics);
  Json who = Json::object(), buckets = Json::object();
  for (std::size_t w = 0; w < measure::kWho; ++w)
    who[std::string{measure::name_of(static_cast<measure::Who>(w))}] =
        phase.episodes.cost.by_who[w];
  const auto& names = measure::MonitorView::bucket_names();
  for (std::size_t b = 0; b < names.size(); ++b) {
    if (const std::uint64_t cycles = phase.episodes.cost.bucket(b)) buckets[names[b]] = cycles;
  }
  json["who"] = std::move(who);
  json["buckets"] = std::move(buckets);
  json["identities"] = phase.identities.size();
  json["broken"] = broken_json(phase);
  return json;
}

Json console_json(const ConsoleLog* console) {
  if (console == nullptr) return nullptr;
  return {{"bytes", console->bytes_said()},
          {"left_out", console->bytes_left_out()},
          {"last_line", console->last_line()}};
}

}  // namespace

Json vms_json(const machine::Booted& booted, const measure::Measurement& m,
              const PointConsole& console, std::uint64_t clock_hz) {
  Json list = Json::array();
  if (m.accounts() == nullptr) return list;
  const auto rows = m.accounts()->directory().vms(*booted.machine);
  const double hz = static_cast<double>(clock_hz);
  for (std::size_t n = 0; n < booted.vms.size(); ++n) {
    const VmStatus row = n < rows.size() ? rows[n] : VmStatus{};
    Json vm = {{"name", booted.vms[n].name},
               {"number", n},
               {"kind", booted.vms[n].kind},
               {"state", measure::name_of(row.state)},
               {"starts", row.starts},
               {"exit", nullptr},
               {"first_ran", nullptr},
               {"ended_at", nullptr},
               {"entered", 0},
               {"moved", 0},
               {"console", console_json(console.of(static_cast<std::uint16_t>(n)))},
               {"phases", Json::array()}};
    if (row.ended_at != 0) {
      vm["exit"] = row.exit_code();
      vm["ended_at"] = static_cast<double>(row.ended_at) * 1e-9;
    }
    list.push_back(std::move(vm));
  }
  for (const measure::VmResult& result : m.vms()) {
    if (result.vm >= list.size()) continue;
    Json& vm = list[result.vm];
    vm["first_ran"] = static_cast<double>(result.first_cycle) / hz;
    vm["entered"] = result.entered;
    vm["moved"] = result.moved;
    for (const measure::PhaseResult& phase : result.phases)
      vm["phases"].push_back(phase_of_vm(phase, clock_hz));
  }
  return list;
}

Json timeline_json(const measure::Measurement& m) {
  if (m.accounts() == nullptr) return nullptr;
  const Timeline& timeline = m.accounts()->timeline();
  Json segments = Json::array();
  for (const Timeline::Segment& one : timeline.thinned(kMostShown)) {
    if (one.vm != Timeline::kNobody) segments.push_back({one.cpu, one.from, one.to, one.vm});
  }
  return {{"columns", {"cpu", "from", "to", "vm"}},
          {"segments", std::move(segments)},
          {"left_out", timeline.left_out()}};
}

std::string vm_counters_csv(const machine::Booted& booted, const measure::Measurement& m,
                            const std::string& point, std::uint64_t repeat) {
  const std::string where = csv_field(point);
  std::string text = "point,repeat,phase,vm,name,unit,value\n";
  for (const measure::VmResult& vm : m.vms()) {
    const std::string name = csv_field(name_of(booted, static_cast<std::int32_t>(vm.vm)));
    for (const measure::PhaseResult& phase : vm.phases) {
      for (const auto& [counter, value] : phase.tally) {
        if (value == 0) continue;
        text += fmt::format("{},{},{},{},{},{},{}\n", where, repeat, csv_field(phase.name), name,
                            csv_field(counter), csv_field(measure::describe_counter(counter).unit),
                            value);
      }
    }
  }
  return text;
}

std::string chrome_trace(const machine::Booted& booted, const measure::Measurement& m,
                         std::uint64_t clock_hz) {
  if (m.accounts() == nullptr) return "";
  const machine::MachineConfig& config = booted.machine->config();
  const double us = 1e6 / static_cast<double>(clock_hz);
  std::string text = "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n";
  const auto name = [&text](const char* what, std::uint32_t node, std::uint32_t cpu,
                            const std::string& value) {
    text += fmt::format(
        "{{\"ph\":\"M\",\"name\":\"{}\",\"pid\":{},\"tid\":{},\"args\":{{\"name\":\"{}\"}}}},\n",
        what, node, cpu, value);
  };
  for (std::uint32_t node = 0; node < config.nodes; ++node) {
    name("process_name", node, 0, fmt::format("node {}", node));
    for (std::uint32_t k = 0; k < config.cpus_per_node; ++k) {
      const std::uint32_t cpu = node * config.cpus_per_node + k;
      name("thread_name", node, cpu, fmt::format("CPU {}", cpu));
    }
  }
  for (const Timeline::Segment& one : m.accounts()->timeline().thinned(kMostTraced)) {
    if (one.vm == Timeline::kNobody) continue;
    text += fmt::format(
        "{{\"ph\":\"X\",\"name\":\"{}\",\"cat\":\"vm\",\"pid\":{},\"tid\":{},\"ts\":{:.4f},"
        "\"dur\":{:.4f}}},\n",
        name_of(booted, one.vm), one.cpu / config.cpus_per_node, one.cpu,
        static_cast<double>(one.from) * us, static_cast<double>(one.to - one.from) * us);
  }
  text.erase(text.rfind(','), 1);
  return text + "]}\n";
}

}  // namespace lab
