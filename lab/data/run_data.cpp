#include "lab/data/run_data.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>

#include "config/schema/keys.hpp"
#include "lab/data/run_directory.hpp"

namespace lab {
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
  if (name.empty() || name[0] != 'p') return std::nullopt;
  const auto [at, error] = std::from_chars(name.data() + 1, end, number);
  if (error != std::errc{} || at == end || *at != '-') return std::nullopt;
  return number;
}

// "p03-name", by their numbers.
std::map<std::size_t, fs::path> point_directories(const fs::path& run) {
  std::map<std::size_t, fs::path> paths;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(run, ignored)) {
    const auto number = point_number(entry.path().filename().string());
    if (number && entry.is_directory(ignored)) paths[*number] = entry.path();
  }
  return paths;
}

// "r0" and, while a run is under way or was interrupted, "r0.partial"; those that left results.
std::vector<fs::path> repeats_in(const fs::path& point) {
  std::map<std::string, fs::path> paths;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(point, ignored)) {
    if (!fs::exists(entry.path() / "results.json", ignored)) continue;
    fs::path& path = paths[entry.path().stem().string()];
    if (path.empty() || entry.path().extension().empty()) path = entry.path();
  }
  std::vector<fs::path> list;
  for (const auto& [name, path] : paths) list.push_back(path);
  // r10 is behind r9.
  std::stable_sort(list.begin(), list.end(), [](const fs::path& a, const fs::path& b) {
    return a.stem().string().size() < b.stem().string().size();
  });
  return list;
}

// The points that the experiment has: the product of its dimensions, the last one fastest.
Result<std::vector<config::Labels>, Error> labels_of_points(const Json& sweep) {
  constexpr std::size_t kMost = 10'000;
  std::vector<config::Labels> points(1);
  for (const Json& dimension : sweep) {
    const auto names = dimension.at("name").get<std::vector<std::string>>();
    std::vector<config::Labels> next;
    for (const config::Labels& point : points) {
      for (const Json& one : dimension.at("values")) {
        const auto labels = one.at("labels").get<std::vector<std::string>>();
        if (labels.size() != names.size() || next.size() >= kMost) {
          return Failure{Error{ErrorCode::kInput, "config.resolved.json",
                               "describes no sweep that can be", ""}};
        }
        next.push_back(point);
        for (std::size_t i = 0; i < names.size(); ++i)
          next.back().emplace_back(names[i], labels[i]);
      }
    }
    points = std::move(next);
  }
  return points;
}

// Why the numbers of a repeat do not count. What a limit stopped has whole numbers where the phase
// that was to be measured had ended before.
std::string trouble_of(const Json& results, const Json& resolved) {
  const std::string status = results.value("status", "");
  const std::string measure = resolved.value("measure", "");
  if (status == "limit") {
    const Json phases = resolved.value("phases", Json::object());
    const bool ends_at_mark =
        phases.contains(measure) && phases.at(measure).value("to", std::uint64_t{0}) != 0;
    const Json& phase = measured_phase(results);
    const bool whole = ends_at_mark && results.value("measured", "") == measure &&
                       phase.is_object() && phase.value("ended", false);
    return whole ? "" : "limit";
  }
  if (status != "complete") return status.empty() ? "no status" : status;
  const Json exit = results.value("guest_exit", Json{});
  return exit.is_number() && exit == 0 ? "" : "guest exit " + exit.dump();
}

}  // namespace

// ---- points

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

bool PointData::counts(std::size_t repeat) const {
  return repeat < repeats.size() && (repeat >= troubles.size() || troubles[repeat].empty());
}

bool PointData::is_sound() const {
  for (std::size_t i = 0; i < repeats.size(); ++i) {
    if (counts(i)) return true;
  }
  return false;
}

std::string PointData::trouble() const {
  for (const std::string& one : troubles) {
    if (!one.empty()) return one;
  }
  return missing != 0 ? "missing" : "";
}

const Json& PointData::results() const {
  for (std::size_t i = 0; i < repeats.size(); ++i) {
    if (counts(i)) return repeats[i];
  }
  return repeats.empty() ? kNull : repeats.front();
}

const Json& PointData::phase() const { return repeats.empty() ? kNull : measured_phase(results()); }

namespace {

std::optional<Sample> metric_of(const PointData& point, const std::string& name, bool all) {
  Sample sample;
  double sum = 0;
  for (std::size_t i = 0; i < point.repeats.size(); ++i) {
    if (!all && !point.counts(i)) continue;
    const Json& phase = measured_phase(point.repeats[i]);
    if (!phase.is_object()) continue;
    const auto metrics = phase.find("metrics");
    if (metrics == phase.end()) continue;
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

}  // namespace

bool same_phase(const PointData& a, const PointData& b) {
  return a.results().is_object() && b.results().is_object() &&
         a.results().value("measured", "") == b.results().value("measured", "");
}

std::optional<Sample> PointData::metric(const std::string& name) const {
  return metric_of(*this, name, false);
}
std::optional<Sample> PointData::metric_so_far(const std::string& name) const {
  return metric_of(*this, name, true);
}

// ---- runs

std::string RunData::compare() const { return resolved.at("report").value("compare", ""); }
std::string RunData::baseline() const { return resolved.at("report").value("baseline", ""); }

bool RunData::has_baseline() const {
  return !compare().empty() && std::any_of(points.begin(), points.end(), [this](const auto& point) {
    return point.label(compare()) == baseline();
  });
}

std::string RunData::name_of(const Row& row) const {
  std::string name;
  for (const auto& [dimension, label] : row.labels)
    name += (name.empty() ? "" : " ") + dimension + "=" + label;
  if (!name.empty()) return name;
  for (const PointData* point : row.points) {
    if (point == nullptr || point->repeats.empty()) continue;
    const std::string program =
        point->results().value("values", Json::object()).value(config::key::kWorkloadProgram, "");
    if (!program.empty()) return fs::path{program}.filename().string();
  }
  return "all";
}

std::string RunData::column_name(const std::string& label) const {
  return compare().empty() ? "value" : compare() + "=" + label;
}

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
  if (compare().empty()) return std::nullopt;
  const PointData* base = sibling(point, compare(), baseline());
  if (base != nullptr && !same_phase(point, *base)) return std::nullopt;
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
  if (run.manifest.is_object()) run.manifest["status"] = status_of(directory, run.manifest);
  for (const char* key : {"report", "expect", "sweep"}) {
    if (!run.resolved.contains(key))
      return Failure{Error{ErrorCode::kInput, (directory / "config.resolved.json").string(),
                           std::string{"has no \""} + key + "\"", ""}};
  }
  const auto labels = labels_of_points(run.resolved.at("sweep"));
  if (!labels) return Failure{labels.error()};
  const auto wanted = run.resolved.value("repeats", std::uint64_t{1});
  const auto directories = point_directories(directory);
  for (std::size_t i = 0; i < labels->size(); ++i) {
    PointData point;
    point.labels = (*labels)[i];
    point.name = config::Point{point.labels, {}}.name();
    const auto path = directories.find(i);
    const auto repeats =
        path == directories.end() ? std::vector<fs::path>{} : repeats_in(path->second);
    for (const fs::path& repeat : repeats) {
      auto results = read_json(repeat / "results.json");
      if (!results) return Failure{results.error()};
      if (results->value("schema", "") != "disco-results 1") {
        return Failure{Error{ErrorCode::kInput, (repeat / "results.json").string(),
                             "is of another version", "report it with the program that made it"}};
      }
      point.name = results->value("point", point.name);
      point.troubles.push_back(trouble_of(*results, run.resolved));
      point.repeats.push_back(std::move(*results));
    }
    point.missing = wanted - std::min<std::uint64_t>(wanted, point.repeats.size());
    run.points.push_back(std::move(point));
  }
  return run;
}

}  // namespace lab
