#include "cli/run_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "cli/run_directory.hpp"
#include "cli/session.hpp"

namespace cli {
namespace fs = std::filesystem;
namespace {

const Json kNull;

const Json& measured_phase(const Json& results) {
  const std::string name = results.value("measured", "all");
  const auto phases = results.find("phases");
  if (phases == results.end()) return kNull;
  for (const Json& phase : *phases) {
    if (phase.value("name", "") == name) return phase;
  }
  return kNull;
}

// 3 of "p03-name".
std::optional<std::uint32_t> point_number(const std::string& name) {
  std::uint32_t number = 0;
  const char* const end = name.data() + name.size();
  const auto [at, error] = std::from_chars(name.data() + 1, end, number);
  if (error != std::errc{} || at == end || *at != '-') return std::nullopt;
  return number;
}

// "p03-name/r0" and, while a run is under way or was interrupted, "p03-name/r0.partial".
std::vector<fs::path> point_directories(const fs::path& run) {
  std::vector<fs::path> paths;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(run, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.size() > 3 && name[0] == 'p' && point_number(name) && entry.is_directory(ignored)) {
      paths.push_back(entry.path());
    }
  }
  std::sort(paths.begin(), paths.end(), [](const fs::path& a, const fs::path& b) {
    return point_number(a.filename().string()) < point_number(b.filename().string());
  });
  return paths;
}

config::Selector selector_of(const Json& json) {
  config::Selector selector;
  for (const auto& [name, label] : json.items()) selector[name] = label.get<std::string>();
  return selector;
}

}  // namespace

// --- points
// ---------------------------------------------------------------------------------------

bool PointData::matches(const config::Selector& selector) const {
  return std::all_of(selector.begin(), selector.end(),
                     [this](const auto& wanted) { return label(wanted.first) == wanted.second; });
}

std::string PointData::label(const std::string& dimension) const {
  for (const auto& [name, label] : labels) {
    if (name == dimension) return label;
  }
  return "";
}

const Json& PointData::phase() const {
  return repeats.empty() ? kNull : measured_phase(repeats.front());
}

std::optional<Sample> PointData::metric(const std::string& name) const {
  Sample sample;
  double sum = 0;
  for (const Json& results : repeats) {
    const Json& phase = measured_phase(results);
    const auto metrics = phase.find("metrics");
    if (!phase.is_object() || metrics == phase.end()) continue;
    const auto found = metrics->find(name);
    if (found == metrics->end()) continue;
    const double value = found->get<double>();
    sample.least = sample.n == 0 ? value : std::min(sample.least, value);
    sample.greatest = sample.n == 0 ? value : std::max(sample.greatest, value);
    sum += value;
    ++sample.n;
  }
  if (sample.n == 0) return std::nullopt;
  sample.mean = sum / static_cast<double>(sample.n);
  return sample;
}

// --- runs
// -----------------------------------------------------------------------------------------

std::string RunData::compare() const { return resolved.at("report").value("compare", ""); }
std::string RunData::baseline() const { return resolved.at("report").value("baseline", ""); }

std::vector<std::string> RunData::labels_of(const std::string& dimension) const {
  std::vector<std::string> labels;
  for (const PointData& point : points) {
    const std::string label = point.label(dimension);
    if (std::find(labels.begin(), labels.end(), label) == labels.end()) labels.push_back(label);
  }
  return labels;
}

const PointData* RunData::sibling(const PointData& point, const std::string& dimension,
                                  const std::string& label) const {
  config::Selector wanted;
  for (const auto& [name, value] : point.labels) wanted[name] = name == dimension ? label : value;
  for (const PointData& other : points) {
    if (other.matches(wanted)) return &other;
  }
  return nullptr;
}

std::optional<Sample> RunData::metric(const PointData& point, const std::string& name) const {
  if (name != "slowdown") return point.metric(name);
  const PointData* base = sibling(point, compare(), baseline());
  const auto own = point.metric("cycles");
  const auto its = base == nullptr ? std::nullopt : base->metric("cycles");
  if (!own || !its || its->mean <= 0) return std::nullopt;
  return Sample{own->mean / its->mean, own->least / its->greatest,
                own->greatest / std::max(its->least, 1.0), own->n};
}

std::vector<RunData::Row> RunData::rows() const {
  std::vector<Row> rows;
  const std::string dimension = compare();
  const auto columns = labels_of(dimension);
  for (const PointData& point : points) {
    config::Labels rest;
    for (const auto& one : point.labels) {
      if (one.first != dimension) rest.push_back(one);
    }
    auto row =
        std::find_if(rows.begin(), rows.end(), [&](const Row& r) { return r.labels == rest; });
    if (row == rows.end()) {
      rows.push_back({rest, std::vector<const PointData*>(columns.size())});
      row = rows.end() - 1;
    }
    const auto column =
        std::find(columns.begin(), columns.end(), point.label(dimension)) - columns.begin();
    row->points[static_cast<std::size_t>(column)] = &point;
  }
  return rows;
}

Result<RunData, Error> load_run(const fs::path& directory) {
  RunData run;
  run.path = directory;
  auto manifest = read_json(directory / "manifest.json");
  if (!manifest) return Failure{manifest.error()};
  auto resolved = read_json(directory / "config.resolved.json");
  if (!resolved) return Failure{resolved.error()};
  run.manifest = std::move(*manifest);
  run.resolved = std::move(*resolved);
  for (const char* key : {"report", "expect", "sweep"}) {
    if (!run.resolved.contains(key))
      return Failure{Error{ErrorCode::kInput, (directory / "config.resolved.json").string(),
                           std::string{"has no \""} + key + "\"", ""}};
  }
  for (const fs::path& path : point_directories(directory)) {
    PointData point;
    std::error_code ignored;
    std::vector<fs::path> repeats;
    for (const auto& entry : fs::directory_iterator(path, ignored)) {
      if (fs::exists(entry.path() / "results.json", ignored)) repeats.push_back(entry.path());
    }
    std::sort(repeats.begin(), repeats.end());
    for (const fs::path& repeat : repeats) {
      auto results = read_json(repeat / "results.json");
      if (!results) return Failure{results.error()};
      if (results->value("schema", "") != "disco-results 1") {
        return Failure{Error{ErrorCode::kInput, (repeat / "results.json").string(),
                             "is of another version", "report it with the program that made it"}};
      }
      point.repeats.push_back(std::move(*results));
    }
    if (point.repeats.empty()) continue;
    point.name = point.repeats.front().value("point", "");
    for (const auto& [name, label] : point.repeats.front().at("labels").items())
      point.labels.emplace_back(name, label.get<std::string>());
    run.points.push_back(std::move(point));
  }
  return run;
}

// --- judgement
// ------------------------------------------------------------------------------------

namespace {

struct Judge {
  const RunData& run;
  const Json& e;
  std::vector<ExpectationResult>& results;

  void check(const PointData& point, const char* key, const char* sign) {
    if (!e.contains(key)) return;
    const std::string metric = e.value("metric", "");
    const auto left = run.metric(point, metric);
    const Json& bound = e[key];
    std::optional<double> right;
    if (bound.is_number()) {
      right = bound.get<double>();
    } else if (const PointData* other = at(point, bound)) {
      if (const auto value = run.metric(*other, metric)) right = value->mean;
    }
    ExpectationResult result{e.value("that", ""), point.name, "", false};
    const MetricInfo* info = find_metric(metric);
    const std::string unit = info == nullptr ? "" : info->unit;
    if (!left || !right) {
      result.found = "not measured";
    } else {
      const double within = e.value("within", 0.0);
      result.holds = *sign == '<'   ? left->mean < *right
                     : *sign == '>' ? left->mean > *right
                                    : std::fabs(left->mean - *right) <= within;
      result.found =
          fmt::format("{} {} {}", show_number(left->mean, unit), sign, show_number(*right, unit));
    }
    results.push_back(std::move(result));
  }

  // The point like this one, but with the labels of `selector`.
  const PointData* at(const PointData& point, const Json& selector) const {
    config::Selector wanted;
    for (const auto& [name, label] : point.labels) wanted[name] = label;
    for (const auto& [name, label] : selector_of(selector)) wanted[name] = label;
    for (const PointData& other : run.points) {
      if (other.matches(wanted)) return &other;
    }
    return nullptr;
  }
};

}  // namespace

std::vector<ExpectationResult> check_expectations(const RunData& run) {
  std::vector<ExpectationResult> results;
  for (const Json& e : run.resolved.at("expect")) {
    config::Selector wanted = e.contains("where") ? selector_of(e["where"]) : config::Selector{};
    if (e.contains("at")) {
      for (const auto& [name, label] : selector_of(e["at"])) wanted[name] = label;
    }
    Judge judge{run, e, results};
    for (const PointData& point : run.points) {
      if (!point.matches(wanted)) continue;
      judge.check(point, "below", "<");
      judge.check(point, "above", ">");
      judge.check(point, "near", "~");
    }
  }
  return results;
}

std::vector<std::string> red_identities(const RunData& run) {
  std::vector<std::string> red;
  for (const PointData& point : run.points) {
    for (const Json& results : point.repeats) {
      for (const Json& phase : results.at("phases")) {
        if (!phase.contains("identities")) continue;
        for (const Json& one : phase.at("identities")) {
          if (one.value("holds", false)) continue;
          red.push_back(fmt::format("{}, {}: {}: {} is not {}", point.name, phase.value("name", ""),
                                    one.value("claim", ""),
                                    one.value("left_value", std::uint64_t{0}),
                                    one.value("right_value", std::uint64_t{0})));
        }
      }
    }
  }
  return red;
}

std::vector<std::string> warnings(const RunData& run) {
  std::vector<std::string> list;
  const std::string measure = run.resolved.value("measure", "");
  std::size_t whole_runs = 0, all = 0;
  for (const PointData& point : run.points) {
    for (const Json& results : point.repeats) {
      ++all;
      const std::string status = results.value("status", "");
      const Json guest_exit = results.value("guest_exit", Json{});
      if (status != "complete") {
        list.push_back(fmt::format("{} did not end ({}): its numbers are of what ran until then",
                                   point.name, status));
      } else if (guest_exit.is_number() && guest_exit != 0) {
        list.push_back(fmt::format(
            "{} failed with guest exit {}: its numbers are of what ran until then; see console.log "
            "there",
            point.name, guest_exit.dump()));
      }
      whole_runs += results.value("measured", "") == measure ? 0 : 1;
    }
  }
  if (whole_runs != 0) {
    list.push_back(fmt::format(
        "{} of {} points never reached the phase \"{}\": for them the whole run is shown, boot "
        "included (a program marks phases with mark() of <disco.h>)",
        whole_runs, all, measure));
  }
  return list;
}

std::string show_number(double value, const std::string& unit) {
  if (unit == "ratio")
    return value < 10 && value > -10 ? fmt::format("{:.3g}", value) : fmt::format("{:.1f}", value);
  if (unit == "s") return duration(value);
  if (value == std::floor(value) && std::fabs(value) < 1e15) {
    return value < 0 ? "-" + grouped(static_cast<std::uint64_t>(-value))
                     : grouped(static_cast<std::uint64_t>(value));
  }
  if (std::fabs(value) >= 1000)
    return grouped(static_cast<std::uint64_t>(std::llround(std::fabs(value))));
  return fmt::format("{:.1f}", value);
}

}  // namespace cli
