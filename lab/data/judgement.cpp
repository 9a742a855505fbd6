#include "lab/data/judgement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "common/wording.hpp"
#include "config/schema/keys.hpp"
#include "config/schema/quantity.hpp"
#include "config/schema/schema.hpp"
#include "lab/data/numbers.hpp"
#include "lab/data/run_directory.hpp"
#include "measure/metrics.hpp"

namespace lab {
namespace {

config::Selector selector_of(const Json& json) {
  config::Selector selector;
  for (const auto& [name, label] : json.items()) selector[name] = label.get<std::string>();
  return selector;
}

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
      for (const Json& vm : results.value("vms", Json::array())) {
        for (const Json& phase : vm.at("phases")) {
          for (const Json& one : phase.value("broken", Json::array()))
            red.push_back(fmt::format("{}, {} of {}: {}: {} is not {}", point.name,
                                      text_of(phase, "name"), text_of(vm, "name"),
                                      text_of(one, "claim"),
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
  const bool native = values.value(config::key::kMonitorKind, "") == "none";
  for (const auto& [path, value] : values.items()) {
    if (path == config::key::kSeed) continue;
    const config::ParameterRow* const row = config::find_row(path);
    // What a monitor would be given where there is none is no difference.
    if (native && row != nullptr && row->needs_monitor) continue;
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

}  // namespace lab
