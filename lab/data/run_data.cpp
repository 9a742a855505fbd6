#include "lab/data/run_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "common/wording.hpp"
#include "config/schema/quantity.hpp"
#include "config/schema/schema.hpp"
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

// A phase beside the whole run would be no comparison.
bool same_phase(const PointData& a, const PointData& b) {
  return a.results().is_object() && b.results().is_object() &&
         a.results().value("measured", "") == b.results().value("measured", "");
}

}  // namespace

std::optional<Sample> PointData::metric(const std::string& name) const {
  return metric_of(*this, name, false);
}
std::optional<Sample> PointData::metric_so_far(const std::string& name) const {
  return metric_of(*this, name, true);
}

// --- runs
// -----------------------------------------------------------------------------------------

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
        point->results().value("values", Json::object()).value("workload.program", "");
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
    const Json& bound = e[key];
    const PointData* const other = bound.is_number() ? nullptr : at(point, bound);
    ExpectationResult result{e.value("that", ""), point.name, "", false, false};
    std::optional<double> left, right;
    if (const auto value = run.metric(point, metric)) left = value->mean;
    if (bound.is_number()) {
      right = bound.get<double>();
    } else if (other != nullptr && same_phase(point, *other)) {
      if (const auto value = run.metric(*other, metric)) right = value->mean;
    }
    if (left && right) {
      judge(result, *left, *right, *sign, measure::find_metric(metric));
    } else {
      result.found = "not measured" + why_not(point) + (other == nullptr ? "" : why_not(*other));
    }
    results.push_back(std::move(result));
  }

  void judge(ExpectationResult& result, double left, double right, char sign,
             const measure::MetricInfo* info) const {
    const std::string unit = info == nullptr ? "" : info->unit;
    const double within = e.value("within", 0.0), apart = std::fabs(left - right);
    result.measured = true;
    result.holds = sign == '<' ? left < right : sign == '>' ? left > right : apart <= within;
    const auto [a, b] = show_apart(left, right, unit);
    result.found = fmt::format("{} {} {}", a, sign, b);
    if (sign != '~') return;
    const auto [distance, allowed] = show_apart(apart, within, unit);
    result.found += fmt::format(", {} apart of at most {}", distance, allowed);
  }

  static std::string why_not(const PointData& point) {
    const std::string trouble = point.is_sound() ? "" : point.trouble();
    return trouble.empty() ? "" : fmt::format(" ({}: {})", point.name, trouble);
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

std::vector<std::string> notes(const RunData& run) {
  std::vector<std::string> list;
  for (const Json& one : run.resolved.value("notes", Json::array()))
    list.push_back(one.get<std::string>());
  return list;
}

namespace {

// What a guest that failed said last.
std::string last_words(const Json& results) {
  const std::string line = text_of(results.value("console", Json::object()), "last_line");
  return line.empty() ? "" : ", \"" + line + "\"";
}

}  // namespace

std::vector<std::string> warnings(const RunData& run) {
  constexpr std::size_t kMostWarnings = 100;  // the last one counts them all
  std::vector<std::string> list;
  if (const std::string status = text_of(run.manifest, "status"); status != "complete")
    list.push_back(fmt::format("this run is not finished ({})", status));
  const std::string measure = run.resolved.value("measure", "");
  for (const Json& one : run.resolved.value("warnings", Json::array()))
    list.push_back(one.get<std::string>());
  std::size_t whole_runs = 0, all = 0, unsound = 0, missing = 0;
  for (const PointData& point : run.points) {
    missing += point.missing;
    if (point.missing != 0 && list.size() < kMostWarnings) {
      list.push_back(fmt::format(
          "{} is missing{}: it left no results", point.name,
          point.repeats.empty() ? "" : fmt::format(" {} of its repeats", point.missing)));
    }
    unsound += point.troubles.size() - static_cast<std::size_t>(std::count(
                                           point.troubles.begin(), point.troubles.end(), ""));
    for (const Json& results : point.repeats) {
      ++all;
      const std::string status = results.value("status", "");
      const Json guest_exit = results.value("guest_exit", Json{});
      if (status != "complete") {
        list.push_back(fmt::format("{} did not end ({}{}): its numbers are of what ran until then",
                                   point.name, status, last_words(results)));
      } else if (guest_exit.is_number() && guest_exit != 0) {
        list.push_back(fmt::format(
            "{} failed with guest exit {}{}: its numbers are of what ran until then; see "
            "console.log there",
            point.name, guest_exit.dump(), last_words(results)));
      }
      const Json console = results.value("console", Json::object());
      if (const auto left_out = console.value("left_out", std::uint64_t{0}); left_out != 0) {
        list.push_back(fmt::format(
            "{} said {} bytes on its console; {} of them are not in its "
            "console.log",
            point.name, grouped(console.value("bytes", std::uint64_t{0})), grouped(left_out)));
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
  if (unsound + missing != 0) {
    list.push_back(fmt::format(
        "{} of {} runs failed, did not end or are missing: no mean, ratio or expectation uses them",
        unsound + missing, all + missing));
  }
  return list;
}

namespace {

using Texts = std::map<std::string, std::string>;

// What the kernel of a point found itself on, and every key's value, as they would be written.
Texts properties_of(const PointData& point) {
  static const std::pair<const char*, const char*> kFacts[] = {
      {"machine_processors", "processors of the machine"},
      {"virtual_machines", "virtual machines"},
      {"vcpus", "virtual processors of each"},
      {"processors", "processors of the kernel"},
      {"machine_tlb_entries", "TLB entries of the machine"},
      {"tlb_entries", "TLB entries of the kernel"},
      {"memory", "memory of the kernel"},
      {"fidelity", "fidelity"}};
  Texts texts;
  const Json& results = point.results();
  if (!results.is_object()) return texts;
  const Json system = results.value("system", Json::object());
  for (const auto& [key, title] : kFacts) {
    const auto fact = system.find(key);
    if (fact == system.end()) continue;
    texts[title] = std::string_view{key} == "memory"
                       ? config::format_quantity(fact->get<std::uint64_t>(), config::Unit::kBytes)
                   : fact->is_string() ? fact->get<std::string>()
                   : fact->is_null()   ? "none"
                                       : fact->dump();
  }
  const Json values = results.value("values", Json::object());
  const bool native = values.value("monitor.kind", "") == "none";
  for (const auto& [path, value] : values.items()) {
    if (path == "seed") continue;
    // What a monitor would be given where there is none is no difference.
    const bool is_monitors = path.starts_with("monitor.") || path.starts_with("vms.");
    if (native && is_monitors && path != "monitor.kind") continue;
    const config::ParameterRow* const row = config::find_row(path);
    texts[path] = row == nullptr ? value.dump() : config::write_value(*row, value);
  }
  return texts;
}

}  // namespace

std::vector<Differing> what_differs(const RunData& run) {
  const auto columns = run.labels_of(run.compare());
  if (run.compare().empty() || columns.size() < 2) return {};
  std::map<std::string, std::vector<std::vector<std::string>>> seen;  // texts of each column
  std::map<std::string, bool> differs;
  for (const RunData::Row& row : run.rows()) {
    std::vector<Texts> sides;
    std::map<std::string, bool> names;
    for (const PointData* point : row.points) {
      sides.push_back(point == nullptr ? Texts{} : properties_of(*point));
      for (const auto& [name, text] : sides.back()) names[name] = true;
    }
    for (const auto& [name, yes] : names) {
      auto& texts = seen[name];
      texts.resize(columns.size());
      std::string first;
      bool has_first = false;
      for (std::size_t i = 0; i < sides.size(); ++i) {
        if (sides[i].empty()) continue;  // no results: nothing is known
        const auto own = sides[i].find(name);
        const std::string text = own == sides[i].end() ? "none" : own->second;
        if (std::find(texts[i].begin(), texts[i].end(), text) == texts[i].end())
          texts[i].push_back(text);
        if (has_first && text != first) differs[name] = true;
        if (!has_first) first = text, has_first = true;
      }
    }
  }
  std::vector<Differing> list;
  for (const auto& [name, yes] : differs) {
    Differing one{name, {}};
    for (const auto& texts : seen[name]) {
      constexpr std::size_t kMost = 3;
      std::string text;
      for (std::size_t i = 0; i < std::min(texts.size(), kMost); ++i)
        text += (i == 0 ? "" : " or ") + texts[i];
      one.texts.push_back(texts.size() > kMost ? text + " ..." : text);
    }
    list.push_back(std::move(one));
  }
  // Facts have blanks in their names, keys have none: what is found before what was asked for.
  std::stable_partition(list.begin(), list.end(), [](const Differing& one) {
    return one.what == "fidelity" || one.what.find(' ') != std::string::npos;
  });
  return list;
}

int judgement(const RunData& run) {
  bool missing = false, failed = false, limit = false, interrupted = false;
  for (const PointData& point : run.points) {
    missing = missing || point.missing != 0;
    for (const Json& results : point.repeats) {
      const std::string status = results.value("status", "");
      const Json exit = results.value("guest_exit", Json{});
      limit = limit || status == "limit";
      interrupted = interrupted || status == "partial";
      failed = failed || status == "failed" || (exit.is_number() && exit != 0);
    }
  }
  const bool complete = run.manifest.value("status", "") == "complete";
  const auto code = [](ErrorCode c) { return static_cast<int>(c); };
  if (interrupted || (missing && !complete)) return code(ErrorCode::kInterrupted);
  if (missing) return code(ErrorCode::kInput);
  if (limit) return code(ErrorCode::kLimit);
  if (failed) return code(ErrorCode::kGuest);
  bool met = red_identities(run).empty();
  for (const ExpectationResult& one : check_expectations(run)) met = met && one.holds;
  return met ? 0 : code(ErrorCode::kExpectation);
}

std::string show_number(double value, const std::string& unit) {
  if (unit == "ratio")
    return value < 10 && value > -10 ? fmt::format("{:.3g}", value) : fmt::format("{:.1f}", value);
  if (unit == "s") return duration(value);
  if (value == std::floor(value) && std::fabs(value) < 1e15) {
    return value < 0 ? "-" + grouped(static_cast<std::uint64_t>(-value))
                     : grouped(static_cast<std::uint64_t>(value));
  }
  if (std::fabs(value) >= 1000 && std::fabs(value) < 1e15) {
    return (value < 0 ? "-" : "") +
           grouped(static_cast<std::uint64_t>(std::llround(std::fabs(value))));
  }
  return std::fabs(value) < 1 ? fmt::format("{:.3g}", value) : fmt::format("{:.1f}", value);
}

std::string show_ratio(double ratio) { return show_number(ratio, "ratio") + "x"; }

std::pair<std::string, std::string> show_apart(double a, double b, const std::string& unit) {
  std::pair<std::string, std::string> shown{show_number(a, unit), show_number(b, unit)};
  constexpr int kMostDigits = 17;  // then a double is exact
  const auto exact = [&unit](double value, int digits) {
    std::string text = fmt::format("{:.{}g}", value, digits);
    const std::size_t whole = text.find_first_not_of("0123456789");
    const bool plain = value >= 0 && text.find('e') == std::string::npos;
    if (plain && whole != 0) {
      const std::size_t size = std::min(whole, text.size());
      text = grouped(std::stoull(text.substr(0, size))) + text.substr(size);
    }
    return unit == "s" ? text + " s" : text;
  };
  for (int digits = 4; a != b && shown.first == shown.second && digits <= kMostDigits; ++digits)
    shown = {exact(a, digits), exact(b, digits)};
  return shown;
}

}  // namespace lab
