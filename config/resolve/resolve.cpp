#include "config/resolve/resolve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "config/lua/lua_state.hpp"
#include "config/resolve/resolver.hpp"
#include "config/schema/keys.hpp"
#include "config/schema/suggest.hpp"

namespace config {
namespace {

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

}  // namespace

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

void Resolver::walk(const SortedJson& table, const std::string& path, const std::string& place,
                    const Target& to) {
  for (const auto& [key, value] : table.items()) {
    if (key == kConstructorKey) continue;
    visit(join_path(path, key), value, join_path(place, key), to);
  }
}

void Resolver::visit(const std::string& path, const SortedJson& value, const std::string& place,
                     const Target& to) {
  const bool is_vm_workload = path.starts_with("vms.") && path.ends_with(".workload");
  if (is_vm_workload && value.is_object())
    return read_vm_workload(path.substr(0, path.rfind('.')), value, place, to);
  if (find_row(path) != nullptr) return put(path, value, place, to);
  if (!is_group(path)) return complain(place, path, unknown_key(path));
  if (path == "vms" && value.is_array()) return read_vms(value, place, to);
  if (value.is_object()) {
    // A table that another constructor made is a value in the wrong place.
    static const std::map<std::string, std::string> kBelongs = {
        {"flash", "machine"}, {"r10000", "machine.cpu"}, {"disco", "monitor"},
        {"none", "monitor"},  {"workload", "workload"},  {"case", "sweep"},
        {"vm", "vms"},        {"check", "expect"}};
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
  const auto words = children_of(path);
  complain(place, path,
           words.empty()
               ? "expected a table { NAME = { ... } } with a name for each"
               : fmt::format("expected a table {{ ... }} with {}", fmt::join(words, ", ")));
}

void Resolver::put(const std::string& path, const SortedJson& value, const std::string& place,
                   const Target& to) {
  const ParameterRow& row = *find_row(path);
  if (row.scope == Scope::kList ||
      (row.scope == Scope::kExperiment && to.widest == Scope::kPoint)) {
    return complain(place, path, "cannot be varied by a sweep");
  }
  const auto held = check_value(row, value);
  if (!held) return complain(place, path, held.error().clause);
  // Nested and dotted, or as a shorthand: one key in two spellings.
  if (to.values->count(path) != 0) return complain(place, path, "is given twice");
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

void Resolver::read_name(const std::string& name) {
  const bool fit =
      !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
      });
  if (!fit)
    complain("", "experiment",
             "\"" + name + "\" is not a name (letters, digits, _ and -, at most 64)");
  // runs/<name> must not be what the program keeps there itself.
  if (name == "latest")
    complain("", "experiment", "\"latest\" is what runs call the newest one: choose another name");
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
    if (path.ends_with(".fidelity")) {
      phase.fidelity = value.get<std::string>();
    } else {
      (path.ends_with(".from") ? phase.from : phase.to) = value.get<std::uint64_t>();
    }
  }
  if (phases.empty()) phases["roi"] = {"roi", 1, 2, "same"};
  for (const auto& [name, phase] : phases) {
    if (name == "all" || name == "boot")
      complain("phases." + name, "phases." + name, "this name is taken by a built-in phase");
    if (phase.to != 0 && phase.to < phase.from) {
      complain(
          "phases." + name, "phases." + name,
          fmt::format("would end at mark {}, before it begins at mark {}", phase.to, phase.from));
    }
    e_.phases.push_back(phase);
  }
  e_.question = all_.at(key::kQuestion).get<std::string>();
  e_.repeats = all_.at(key::kRepeats).get<std::uint64_t>();
  e_.measure = all_.at(key::kMeasure).get<std::string>();
  e_.compare = all_.at(key::kCompare).get<std::string>();
  e_.baseline = all_.at(key::kBaseline).get<std::string>();
  std::vector<std::string> names = {"all", "boot"};
  for (const Phase& phase : e_.phases) names.push_back(phase.name);
  if (std::find(names.begin(), names.end(), e_.measure) == names.end()) {
    complain(key::kMeasure, key::kMeasure,
             "no phase \"" + e_.measure + "\"" + did_you_mean(e_.measure, names));
  }
}

Result<Experiment, Diagnostics> Resolver::run(const std::string& name, const SortedJson& body) {
  read_name(name);
  if (!body.is_object()) {
    complain("", "experiment", "expected a table { ... }");
    return Failure{Diagnostics{ErrorCode::kConfig, wrong_}};
  }
  SortedJson keys = body;
  keys.erase("sweep");
  keys.erase("expect");
  walk(keys, "", "", {&all_, true, Scope::kExperiment});
  const auto list = [&body](const char* key) {
    return body.contains(key) ? body.at(key) : SortedJson::array();
  };
  read_sweep(list("sweep"));
  read_expectations(list("expect"));
  fill_defaults();
  for (const auto& [path, value] : all_) {
    if (find_row(path)->scope == Scope::kPoint) e_.values[path] = value;
  }
  apply_overrides();
  take_experiment_keys();
  drop_idle_dimensions();
  keep_only();
  judge_overruled();
  read_report();
  check_report();
  drop_moot_expectations();
  if (wrong_.empty()) multiply();
  if (wrong_.empty()) check_comparisons();
  if (!wrong_.empty()) return Failure{Diagnostics{ErrorCode::kConfig, wrong_}};
  return std::move(e_);
}

Result<Experiment, Diagnostics> resolve(const std::string& source, const std::string& name,
                                        const SortedJson& body, const PlaceOf& place_of,
                                        const LoadOptions& options) {
  return Resolver{source, place_of, options}.run(name, body);
}

}  // namespace config
