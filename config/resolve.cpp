#include "config/resolve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "config/lua_state.hpp"
#include "config/schema.hpp"
#include "config/suggest.hpp"

namespace config {
namespace {

constexpr std::size_t kMostDiagnostics = 50;
constexpr std::size_t kMostPoints = 10'000;

std::string join(const std::string& path, const std::string& word) {
  return path.empty() ? word : path + "." + word;
}

// A key that is known elsewhere: machine.tlb -> machine.cpu.tlb.
std::vector<std::string> paths_ending_in(const std::string& word) {
  std::vector<std::string> paths;
  for (const ParameterRow& row : schema()) {
    const std::string path{row.path};
    const std::size_t at = ("." + path + ".").find("." + word + ".");
    if (at == std::string::npos) continue;
    const std::string found = path.substr(0, at + word.size());
    if (std::find(paths.begin(), paths.end(), found) == paths.end()) paths.push_back(found);
  }
  return paths;
}

class Resolver {
 public:
  Resolver(const std::string& source, const PlaceOf& place_of, const LoadOptions& options)
      : source_{source}, place_of_{place_of}, options_{options} {}

  Result<Experiment, Diagnostics> run(const std::string& name, const Json& body);

 private:
  // Where values land: the experiment itself, or one case of a sweep.
  struct Target {
    Values* values;
    bool origins;
    Scope widest;  // kExperiment accepts kPoint too
  };

  void complain(const std::string& place, const std::string& path, const std::string& what);
  void complain_option(const std::string& option, const std::string& what);
  std::string origin_of(const std::string& place) const;

  void walk(const Json& table, const std::string& path, const std::string& place, const Target& to);
  void visit(const std::string& path, const Json& value, const std::string& place,
             const Target& to);
  void put(const std::string& path, const Json& value, const std::string& place, const Target& to);
  std::string unknown_key(const std::string& path) const;

  void read_name(const std::string& name);
  void read_sweep(const Json& list);
  void read_dimension(const Json& table, const std::string& place);
  std::optional<Case> read_case(const Json& value, const std::string& path,
                                const std::string& place, const Dimension& dimension);
  void read_expectations(const Json& list);
  Values read_list_rows(const Json& table, const std::string& path, const std::string& place);
  Selector selector(const Json& value, const std::string& place, const std::string& path);
  std::optional<Bound> bound(const Values& rows, const char* key, const std::string& place);

  void fill_defaults();
  void take_experiment_keys();
  void apply_overrides();
  void pin(const std::string& path, const Json& value);
  void multiply();
  void drop_idle_dimensions();
  void keep_only();
  void drop_moot_expectations();
  void check_report();

  const std::string& source_;
  const PlaceOf& place_of_;
  const LoadOptions& options_;
  Experiment e_;
  Values all_;                         // point and experiment keys of the body
  std::vector<Dimension> as_written_;  // before idle dimensions were dropped
  std::vector<Diagnostic> wrong_;
};

void Resolver::complain(const std::string& place, const std::string& path,
                        const std::string& what) {
  if (wrong_.size() < kMostDiagnostics) wrong_.push_back({source_, place_of_(place), path, what});
}

void Resolver::complain_option(const std::string& option, const std::string& what) {
  wrong_.push_back({option, {}, "", what});
}

std::string Resolver::origin_of(const std::string& place) const {
  const SourcePlace at = place_of_(place);
  return at.line == 0 ? source_ : fmt::format("{}:{}", source_, at.line);
}

// --- keys
// -----------------------------------------------------------------------------------------

void Resolver::walk(const Json& table, const std::string& path, const std::string& place,
                    const Target& to) {
  for (const auto& [key, value] : table.items()) {
    if (key == kConstructorKey) continue;
    visit(join(path, key), value, join(place, key), to);
  }
}

void Resolver::visit(const std::string& path, const Json& value, const std::string& place,
                     const Target& to) {
  if (find_row(path) != nullptr) return put(path, value, place, to);
  if (!is_group(path)) return complain(place, path, unknown_key(path));
  if (value.is_object()) {
    // A table that another constructor made is a value in the wrong place.
    static const std::map<std::string, std::string> kBelongs = {
        {"flash", "machine"}, {"r10000", "machine.cpu"}, {"disco", "monitor"},
        {"none", "monitor"},  {"workload", "workload"},  {"case", "sweep"},
        {"check", "expect"}};
    const auto made_by = value.find(kConstructorKey);
    if (made_by != value.end()) {
      const auto belongs = kBelongs.find(made_by->get<std::string>());
      if (belongs != kBelongs.end() && belongs->second != path) {
        return complain(place, path,
                        fmt::format("{} {{ ... }} belongs to {}", belongs->first, belongs->second));
      }
    }
    return walk(value, path, place, to);
  }
  if (const auto shorthand = shorthand_of(path); shorthand && value.is_string()) {
    return put(std::string{*shorthand}, value, place, to);
  }
  if (value.is_array() && value.empty()) return;
  complain(
      place, path,
      "expected a table { ... } with " + fmt::format("{}", fmt::join(children_of(path), ", ")));
}

void Resolver::put(const std::string& path, const Json& value, const std::string& place,
                   const Target& to) {
  const ParameterRow& row = *find_row(path);
  if (row.scope == Scope::kList ||
      (row.scope == Scope::kExperiment && to.widest == Scope::kPoint)) {
    return complain(place, path, "cannot be varied by a sweep");
  }
  const auto held = check_value(row, value);
  if (!held) return complain(place, path, held.error());
  (*to.values)[path] = *held;
  if (to.origins) e_.origins[path] = origin_of(place);
}

std::string Resolver::unknown_key(const std::string& path) const {
  const std::size_t dot = path.rfind('.');
  const std::string parent = dot == std::string::npos ? "" : path.substr(0, dot);
  const std::string word = dot == std::string::npos ? path : path.substr(dot + 1);
  const auto siblings = children_of(parent);
  if (const auto near = suggestion(word, siblings))
    return "unknown key (did you mean \"" + *near + "\"?)";
  const auto elsewhere = paths_ending_in(word);
  if (!elsewhere.empty()) return "unknown key (did you mean " + elsewhere.front() + "?)";
  if (siblings.empty()) return fmt::format("unknown key (\"{}\" is none either)", parent);
  return fmt::format("unknown key (known here: {})", fmt::join(siblings, ", "));
}

// --- sweep
// ----------------------------------------------------------------------------------------

Values Resolver::read_list_rows(const Json& table, const std::string& path,
                                const std::string& place) {
  Values rows;
  for (const auto& [key, value] : table.items()) {
    if (key == kConstructorKey) continue;
    const std::string full = path + ".*." + key;
    const ParameterRow* const row = find_row(full);
    if (row == nullptr) {
      complain(join(place, key), join(place, key), unknown_key(full));
      continue;
    }
    const auto held = check_value(*row, value);
    if (!held) complain(join(place, key), join(place, key), held.error());
    if (held) rows[key] = *held;
  }
  for (const ParameterRow& row : schema()) {
    const std::string prefix = path + ".*.";
    if (!row.path.starts_with(prefix) || !row.required) continue;
    const std::string key{row.path.substr(prefix.size())};
    if (!table.contains(key)) complain(place, join(place, key), "is missing");
  }
  return rows;
}

void Resolver::read_sweep(const Json& list) {
  if (list.is_object() && list.empty()) return;
  if (!list.is_array())
    return complain("sweep", "sweep",
                    "expected a list of dimensions { { name = ..., values = ... }, ... }");
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string place = "sweep." + std::to_string(i + 1);
    if (list[i].is_object()) {
      read_dimension(list[i], place);
    } else {
      complain(place, place, "expected a dimension { name = ..., values = ... }");
    }
  }
}

void Resolver::read_dimension(const Json& table, const std::string& place) {
  const Values rows = read_list_rows(table, "sweep", place);
  Dimension dimension;
  if (rows.count("name") != 0) dimension.names = rows.at("name").get<std::vector<std::string>>();
  for (const std::string& name : dimension.names) {
    const bool fit = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '_' || c == '-';
    });
    if (!fit)
      complain(place + ".name", place + ".name",
               "\"" + name + "\" is not a name (letters, digits, _ and -)");
    for (const Dimension& other : e_.dimensions) {
      if (std::find(other.names.begin(), other.names.end(), name) != other.names.end()) {
        complain(place + ".name", place + ".name", "a second dimension \"" + name + "\"");
      }
    }
  }
  const std::string path = rows.count("path") != 0 ? rows.at("path").get<std::string>() : "";
  if (rows.count("values") == 0 || dimension.names.empty()) return;
  const Json& values = rows.at("values");
  if (values.empty()) complain(place + ".values", place + ".values", "is empty");
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string at = place + ".values." + std::to_string(i + 1);
    auto one = read_case(values[i], path, at, dimension);
    if (!one) continue;
    const bool again = std::any_of(dimension.cases.begin(), dimension.cases.end(),
                                   [&](const Case& c) { return c.labels == one->labels; });
    if (again) complain(at, at, fmt::format("a second case \"{}\"", fmt::join(one->labels, ", ")));
    dimension.cases.push_back(std::move(*one));
  }
  if (!dimension.cases.empty()) e_.dimensions.push_back(std::move(dimension));
}

std::optional<Case> Resolver::read_case(const Json& value, const std::string& path,
                                        const std::string& place, const Dimension& dimension) {
  Case one;
  const Target target{&one.set, false, Scope::kPoint};
  if (!value.is_object()) {
    if (path.empty()) {
      complain(place, place, "a plain value needs the dimension's path = \"...\"");
      return std::nullopt;
    }
    const ParameterRow* const row = find_row(path);
    if (row == nullptr) {
      complain(place, path, unknown_key(path));
      return std::nullopt;
    }
    put(path, value, place, target);
    const auto held = one.set.find(path);
    if (held == one.set.end()) return std::nullopt;  // put has complained
    one.labels = {write_value(*row, held->second)};
  } else {
    const auto labels = value.find("labels");
    const auto set = value.find("set");
    if (labels == value.end() || set == value.end() || !(set->is_object() || set->empty())) {
      complain(place, place, "expected case \"label\" { ... }");
      return std::nullopt;
    }
    const auto texts = check_value(*find_row("sweep.*.name"), *labels);
    if (!texts) {
      complain(place, place, "label: " + texts.error());
      return std::nullopt;
    }
    one.labels = texts->get<std::vector<std::string>>();
    if (set->is_object()) walk(*set, "", place, target);
  }
  if (one.labels.size() != dimension.names.size()) {
    complain(place, place,
             fmt::format("has {} labels for the dimension's {} names", one.labels.size(),
                         dimension.names.size()));
    return std::nullopt;
  }
  return one;
}

// --- expectations
// ---------------------------------------------------------------------------------

void Resolver::read_expectations(const Json& list) {
  if (list.is_object() && list.empty()) return;
  if (!list.is_array()) return complain("expect", "expect", "expected a list of check { ... }");
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string place = "expect." + std::to_string(i + 1);
    if (!list[i].is_object()) {
      complain(place, place, "expected check { ... }");
      continue;
    }
    const Values rows = read_list_rows(list[i], "expect", place);
    Expectation e;
    if (rows.count("that") != 0) e.that = rows.at("that").get<std::string>();
    if (rows.count("metric") != 0) e.metric = rows.at("metric").get<std::string>();
    const auto& metrics = options_.metrics;
    if (!e.metric.empty() && !metrics.empty() &&
        std::find(metrics.begin(), metrics.end(), e.metric) == metrics.end()) {
      complain(place + ".metric", place + ".metric",
               "unknown metric \"" + e.metric + "\"" + did_you_mean(e.metric, metrics));
    }
    if (rows.count("where") != 0) e.where = selector(rows.at("where"), place + ".where", "where");
    if (rows.count("at") != 0) e.at = selector(rows.at("at"), place + ".at", "at");
    if (rows.count("within") != 0) e.within = rows.at("within").get<double>();
    e.below = bound(rows, "below", place);
    e.above = bound(rows, "above", place);
    e.near = bound(rows, "near", place);
    if (!e.below && !e.above && !e.near)
      complain(place, place, "expects nothing: give below, above or near");
    e_.expectations.push_back(std::move(e));
  }
}

std::optional<Bound> Resolver::bound(const Values& rows, const char* key,
                                     const std::string& place) {
  const auto row = rows.find(key);
  if (row == rows.end()) return std::nullopt;
  if (row->second.is_number()) return Bound{row->second.get<double>(), {}};
  return Bound{std::nullopt, selector(row->second, place + "." + key, key)};
}

Selector Resolver::selector(const Json& value, const std::string& place, const std::string&) {
  Selector wanted = value.get<Selector>();
  for (const auto& [name, label] : wanted) {
    std::vector<std::string> names, labels;
    for (const Dimension& d : e_.dimensions) {
      for (std::size_t i = 0; i < d.names.size(); ++i) {
        names.push_back(d.names[i]);
        if (d.names[i] != name) continue;
        for (const Case& one : d.cases) labels.push_back(one.labels[i]);
      }
    }
    if (labels.empty()) {
      complain(join(place, name), join(place, name),
               "the sweep has no such dimension" + did_you_mean(name, names));
    } else if (std::find(labels.begin(), labels.end(), label) == labels.end()) {
      complain(join(place, name), join(place, name),
               "the dimension has no value \"" + label + "\"" + did_you_mean(label, labels));
    }
  }
  return wanted;
}

// --- putting it together
// --------------------------------------------------------------------------

void Resolver::read_name(const std::string& name) {
  const bool fit =
      !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
      });
  if (!fit)
    complain("", "experiment",
             "\"" + name + "\" is not a name (letters, digits, _ and -, at most 64)");
  e_.name = name;
}

void Resolver::fill_defaults() {
  for (const ParameterRow& row : schema()) {
    if (row.scope == Scope::kList || row.path.find('*') != std::string_view::npos) continue;
    const std::string path{row.path};
    if (all_.count(path) == 0) {
      all_[path] = default_of(row);
      e_.origins[path] = "default";
    }
  }
}

// The marks of a phase are plain keys with a name in the middle: phases.roi.from.
void Resolver::take_experiment_keys() {
  std::map<std::string, Phase> phases;
  for (const auto& [path, value] : all_) {
    if (!path.starts_with("phases.")) continue;
    const std::string name = path.substr(7, path.rfind('.') - 7);
    Phase& phase = phases[name];
    phase.name = name;
    (path.ends_with(".from") ? phase.from : phase.to) = value.get<std::uint64_t>();
  }
  if (phases.empty()) phases["roi"] = {"roi", 1, 2};
  for (const auto& [name, phase] : phases) {
    if (name == "all" || name == "boot")
      complain("phases." + name, "phases." + name, "this name is taken by a built-in phase");
    e_.phases.push_back(phase);
  }
  e_.question = all_.at("question").get<std::string>();
  e_.repeats = all_.at("repeats").get<std::uint64_t>();
  e_.measure = all_.at("measure").get<std::string>();
  e_.compare = all_.at("report.compare").get<std::string>();
  e_.baseline = all_.at("report.baseline").get<std::string>();
  std::vector<std::string> names = {"all", "boot"};
  for (const Phase& phase : e_.phases) names.push_back(phase.name);
  if (std::find(names.begin(), names.end(), e_.measure) == names.end()) {
    complain("measure", "measure",
             "no phase \"" + e_.measure + "\"" + did_you_mean(e_.measure, names));
  }
}

// An override wins over the sweep: no case may change the key any more.
void Resolver::pin(const std::string& path, const Json& value) {
  e_.values[path] = value;
  e_.origins[path] = "--set";
  for (Dimension& d : e_.dimensions) {
    for (Case& one : d.cases) one.set.erase(path);
  }
}

void Resolver::apply_overrides() {
  for (const std::string& text : options_.overrides) {
    const std::string option = "--set " + text;
    if (!is_printable(text)) {
      complain_option(option, "is not UTF-8 or has control characters");
      continue;
    }
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      complain_option(option, "expected path=value");
      continue;
    }
    const std::string written = text.substr(0, equals);
    const auto shorthand = shorthand_of(written);
    const std::string path = shorthand ? std::string{*shorthand} : written;
    const ParameterRow* const row = find_row(path);
    if (row == nullptr || row->scope == Scope::kList) {
      complain_option(option, row == nullptr && !is_group(path) ? path + ": " + unknown_key(path)
                              : !children_of(path).empty()
                                  ? fmt::format("{} is a group of keys (such as {}.{})", path, path,
                                                children_of(path).front())
                                  : path + ": cannot be given on the command line");
      continue;
    }
    const auto held = check_text(*row, text.substr(equals + 1));
    if (!held) {
      complain_option(option, path + ": " + held.error());
    } else if (row->scope == Scope::kExperiment) {
      all_[path] = *held;
      e_.origins[path] = "--set";
    } else {
      // Another program does not understand the arguments of the one it replaces.
      if (written == "workload") pin("workload.args", Json::array());
      pin(path, *held);
    }
  }
  if (options_.seed) pin("seed", Json(*options_.seed));
}

void Resolver::multiply() {
  e_.points = {Point{{}, e_.values}};
  for (const Dimension& d : e_.dimensions) {
    if (e_.points.size() * d.cases.size() > kMostPoints) {
      return complain("sweep", "sweep", fmt::format("has more than {} points", kMostPoints));
    }
    std::vector<Point> next;
    for (const Point& point : e_.points) {
      for (const Case& one : d.cases) {
        Point more = point;
        for (std::size_t i = 0; i < d.names.size(); ++i)
          more.labels.emplace_back(d.names[i], one.labels[i]);
        for (const auto& [path, value] : one.set) more.values[path] = value;
        next.push_back(std::move(more));
      }
    }
    e_.points = std::move(next);
  }
}

// A dimension all of whose cases set the same values measures nothing: --set has overruled it.
void Resolver::drop_idle_dimensions() {
  as_written_ = e_.dimensions;
  std::vector<Dimension> kept;
  for (const Dimension& d : e_.dimensions) {
    const bool idle = d.cases.size() > 1 &&
                      std::all_of(d.cases.begin(), d.cases.end(),
                                  [&](const Case& c) { return c.set == d.cases.front().set; });
    if (!idle) {
      kept.push_back(d);
      continue;
    }
    for (const auto& [path, value] : d.cases.front().set) e_.values[path] = value;
    e_.notes.push_back(fmt::format("the dimension {} no longer changes anything and is left out",
                                   fmt::join(d.names, ", ")));
  }
  e_.dimensions = std::move(kept);
}

void Resolver::keep_only() {
  for (const std::string& text : options_.only) {
    const std::string option = "--only " + text;
    const std::size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    std::vector<std::string> names, labels;
    for (Dimension& d : e_.dimensions) {
      for (std::size_t i = 0; i < d.names.size(); ++i) {
        names.push_back(d.names[i]);
        if (d.names[i] != name || equals == std::string::npos) continue;
        const std::string wanted = "," + text.substr(equals + 1) + ",";
        for (const Case& one : d.cases) labels.push_back(one.labels[i]);
        std::erase_if(d.cases, [&](const Case& c) {
          return wanted.find("," + c.labels[i] + ",") == std::string::npos;
        });
        if (d.cases.empty())
          complain_option(option,
                          fmt::format("no such value (known: {})", fmt::join(labels, ", ")));
      }
    }
    if (labels.empty())
      complain_option(option,
                      "the sweep has no dimension \"" + name + "\"" + did_you_mean(name, names));
  }
}

// What was expected of points that --set or --only took away can be neither met nor missed.
void Resolver::drop_moot_expectations() {
  const auto is_there = [this](const Selector& selector) {
    const Labels wanted{selector.begin(), selector.end()};
    return std::all_of(wanted.begin(), wanted.end(), [this](const auto& label) {
      for (const Dimension& d : e_.dimensions) {
        for (std::size_t i = 0; i < d.names.size(); ++i) {
          if (d.names[i] != label.first) continue;
          return std::any_of(d.cases.begin(), d.cases.end(),
                             [&](const Case& c) { return c.labels[i] == label.second; });
        }
      }
      return false;
    });
  };
  std::vector<Expectation> kept;
  for (Expectation& e : e_.expectations) {
    bool asks = is_there(e.where) && is_there(e.at);
    for (const auto& bound : {e.below, e.above, e.near})
      asks = asks && (!bound || is_there(bound->at));
    if (asks) {
      kept.push_back(std::move(e));
    } else {
      e_.not_asked.push_back(e.that);
    }
  }
  e_.expectations = std::move(kept);
}

void Resolver::check_report() {
  std::vector<std::string> names;
  for (const Dimension& d : as_written_) names.insert(names.end(), d.names.begin(), d.names.end());
  if (!e_.compare.empty() && std::find(names.begin(), names.end(), e_.compare) == names.end()) {
    complain("report.compare", "report.compare",
             "the sweep has no dimension \"" + e_.compare + "\"" + did_you_mean(e_.compare, names));
  }
  // What --set or --only took away cannot be compared.
  std::vector<std::string> labels;
  for (const Dimension& d : e_.dimensions) {
    for (std::size_t i = 0; i < d.names.size(); ++i) {
      if (e_.compare.empty()) e_.compare = d.names[i];
      if (d.names[i] != e_.compare) continue;
      for (const Case& one : d.cases) labels.push_back(one.labels[i]);
    }
  }
  if (labels.empty()) {
    e_.compare.clear();
    e_.baseline.clear();
  } else if (std::find(labels.begin(), labels.end(), e_.baseline) == labels.end()) {
    const bool given = e_.origins["report.baseline"] != "default" && options_.only.empty();
    if (given)
      complain("report.baseline", "report.baseline",
               "the dimension " + e_.compare + " has no value \"" + e_.baseline + "\"" +
                   did_you_mean(e_.baseline, labels));
    e_.baseline = labels.front();
  }
}

Result<Experiment, Diagnostics> Resolver::run(const std::string& name, const Json& body) {
  read_name(name);
  if (!body.is_object()) {
    complain("", "experiment", "expected a table { ... }");
    return Failure{Diagnostics{ErrorCode::kConfig, wrong_}};
  }
  Json keys = body;
  keys.erase("sweep");
  keys.erase("expect");
  walk(keys, "", "", {&all_, true, Scope::kExperiment});
  if (body.contains("sweep")) read_sweep(body.at("sweep"));
  if (body.contains("expect")) read_expectations(body.at("expect"));
  fill_defaults();
  for (const auto& [path, value] : all_) {
    if (find_row(path)->scope == Scope::kPoint) e_.values[path] = value;
  }
  apply_overrides();
  take_experiment_keys();
  drop_idle_dimensions();
  keep_only();
  drop_moot_expectations();
  check_report();
  if (wrong_.empty()) multiply();
  if (!wrong_.empty()) return Failure{Diagnostics{ErrorCode::kConfig, wrong_}};
  return std::move(e_);
}

}  // namespace

Result<Experiment, Diagnostics> resolve(const std::string& source, const std::string& name,
                                        const Json& body, const PlaceOf& place_of,
                                        const LoadOptions& options) {
  return Resolver{source, place_of, options}.run(name, body);
}

}  // namespace config
