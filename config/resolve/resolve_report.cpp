#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "config/resolve/resolver.hpp"
#include "config/schema/keys.hpp"
#include "config/schema/schema.hpp"
#include "config/schema/suggest.hpp"
#include "config/system_facts.hpp"

namespace config {
namespace {

bool has(const std::vector<std::string>& list, const std::string& one) {
  return std::find(list.begin(), list.end(), one) != list.end();
}

std::vector<std::string> names_of(const std::vector<Dimension>& dimensions) {
  std::vector<std::string> names;
  for (const Dimension& d : dimensions) names.insert(names.end(), d.names.begin(), d.names.end());
  return names;
}

std::vector<std::string> labels_of(const std::vector<Dimension>& dimensions,
                                   const std::string& name) {
  std::vector<std::string> labels;
  for (const Dimension& d : dimensions) {
    for (std::size_t i = 0; i < d.names.size(); ++i) {
      if (d.names[i] != name) continue;
      for (const Case& one : d.cases) labels.push_back(one.labels[i]);
    }
  }
  return labels;
}

// The labels of the points that are compared with one another share everything but some names.
Labels without(const Labels& labels, const std::vector<std::string>& names) {
  Labels rest;
  for (const auto& one : labels) {
    if (!has(names, one.first)) rest.push_back(one);
  }
  return rest;
}

}  // namespace

void Resolver::read_report() {
  e_.headline.metric = all_.at(key::kHeadlineMetric).get<std::string>();
  e_.headline.mean = all_.at(key::kHeadlineMean).get<std::string>();
  const auto& metrics = options_.metrics;
  if (!metrics.empty() && !has(metrics, e_.headline.metric)) {
    complain(key::kHeadline, key::kHeadlineMetric,
             "unknown metric \"" + e_.headline.metric + "\"" +
                 did_you_mean(e_.headline.metric, metrics));
  }
  if (const SortedJson& where = all_.at(key::kHeadlineWhere); where.is_object())
    e_.headline.where = where.get<Selector>();
  for (const auto& [name, label] : e_.headline.where) {
    const std::string place = join_path(key::kHeadlineWhere, name);
    const auto labels = labels_of(as_written_, name);
    if (labels.empty()) {
      complain(place, place,
               "the sweep has no such dimension" + did_you_mean(name, names_of(as_written_)));
    } else if (!has(labels, label)) {
      complain(place, place,
               "the dimension has no value \"" + label + "\"" + did_you_mean(label, labels));
    }
  }
  // A dimension that --set left out selects nothing any more.
  const auto left = names_of(e_.dimensions);
  std::erase_if(e_.headline.where, [&left](const auto& one) { return !has(left, one.first); });
  static const std::vector<std::string> kProperties = {"processors"};
  e_.differs = all_.at(key::kDiffers).get<std::vector<std::string>>();
  for (const std::string& word : e_.differs) {
    if (has(kProperties, word)) continue;
    complain(key::kDiffers, key::kDiffers,
             fmt::format("\"{}\" is not one of {}{}", word, fmt::join(kProperties, ", "),
                         did_you_mean(word, kProperties)));
  }
}

// The dimension that is compared and its baseline. Where --set took the dimension away, the first
// that is left stands in; a baseline that --only took away stays, and nothing is compared with it.
void Resolver::check_report() {
  const auto written = names_of(as_written_);
  const auto left = names_of(e_.dimensions);
  if (!e_.compare.empty() && !has(written, e_.compare)) {
    complain(
        key::kCompare, key::kCompare,
        "the sweep has no dimension \"" + e_.compare + "\"" + did_you_mean(e_.compare, written));
    return;
  }
  const std::string meant = !e_.compare.empty() ? e_.compare
                            : written.empty()   ? std::string{}
                                                : written.front();
  const auto meant_labels = labels_of(as_written_, meant);
  if (!e_.baseline.empty() && !meant_labels.empty() && !has(meant_labels, e_.baseline) &&
      !options_.resolved) {
    complain(key::kBaseline, key::kBaseline,
             "the dimension " + meant + " has no value \"" + e_.baseline + "\"" +
                 did_you_mean(e_.baseline, meant_labels));
    return;
  }
  if (!has(left, meant)) {
    has_baseline_ = false;
    e_.compare = left.empty() ? "" : left.front();
    e_.baseline = left.empty() ? "" : labels_of(e_.dimensions, e_.compare).front();
    if (!left.empty()) {
      e_.notes.push_back(fmt::format("{} is compared instead of {}, with {} as the baseline",
                                     e_.compare, meant, e_.baseline));
    }
    return;
  }
  e_.compare = meant;
  if (e_.baseline.empty() && !meant_labels.empty()) e_.baseline = meant_labels.front();
  if (has(labels_of(e_.dimensions, meant), e_.baseline)) return;
  has_baseline_ = false;
  e_.notes.push_back(fmt::format(
      "the baseline {}={} is left out: there is nothing to compare with (no ratios, no slowdown)",
      meant, e_.baseline));
}

// Points that somebody compares must be comparable. A kernel with other processors than the one
// beside it is not, unless the experiment says that this is what it wants to see.
void Resolver::check_comparisons() {
  struct Side {
    const Point* point;
    SystemFacts facts;
  };
  std::vector<Side> sides;
  for (const Point& point : e_.points) sides.push_back({&point, facts_of(point.values)});
  const bool declared = has(e_.differs, "processors");

  // True if they cannot be compared; told once.
  bool told = false;
  const auto clash = [&](const Side& a, const Side& b, const std::string& place, bool compared) {
    if (told || a.facts.virtualised == b.facts.virtualised ||
        a.facts.processors == b.facts.processors) {
      return;
    }
    told = true;
    const Side& native = a.facts.virtualised ? b : a;
    const Side& guest = a.facts.virtualised ? a : b;
    const std::string what =
        fmt::format("{} has {} processors and {}, a virtual machine, has {}", native.point->name(),
                    native.facts.processors, guest.point->name(), guest.facts.processors);
    if (compared && !declared) {
      complain(place, place,
               what +
                   "; give them equal numbers (machine.nodes, machine.cpus_per_node), or say "
                   "report = { differs = { \"processors\" } }");
    } else {
      e_.warnings.push_back(what + ": what they do is not the same work of the same machine");
    }
  };
  const auto all_pairs = [&](const std::vector<std::string>& names, bool compared) {
    std::map<Labels, std::vector<const Side*>> rows;
    for (const Side& side : sides) rows[without(side.point->labels, names)].push_back(&side);
    for (const auto& [labels, row] : rows) {
      std::map<std::pair<bool, std::uint64_t>, const Side*> kinds;
      for (const Side* side : row)
        kinds.emplace(std::pair{side->facts.virtualised, side->facts.processors}, side);
      for (const auto& [a, side] : kinds) {
        for (const auto& [b, other] : kinds) clash(*side, *other, key::kCompare, compared);
      }
    }
  };
  if (!e_.compare.empty()) all_pairs({e_.compare}, true);
  std::map<Labels, const Side*> by_labels;
  for (const Side& side : sides) by_labels[side.point->labels] = &side;
  for (const Expectation& e : e_.expectations) {
    for (const auto& bound : {e.below, e.above, e.near}) {
      if (!bound || bound->number) continue;
      for (const Side& side : sides) {
        if (!side.point->matches(e.where) || !side.point->matches(e.at)) continue;
        Labels wanted = side.point->labels;
        for (auto& [name, label] : wanted) {
          if (const auto other = bound->at.find(name); other != bound->at.end())
            label = other->second;
        }
        const auto other = by_labels.find(wanted);
        if (other != by_labels.end()) clash(side, *other->second, "expect", true);
      }
    }
  }
  for (const Dimension& d : e_.dimensions) all_pairs(d.names, false);

  // More processors of a machine whose guest has one: the sweep does not vary what it says.
  for (const Dimension& d : e_.dimensions) {
    std::map<Labels, std::vector<const Side*>> rows;
    for (const Side& side : sides) rows[without(side.point->labels, d.names)].push_back(&side);
    for (const auto& [labels, row] : rows) {
      const auto& first = row.front()->facts;
      const auto idle = std::find_if(row.begin(), row.end(), [&first](const Side* side) {
        return first.virtualised && side->facts.virtualised && first.virtual_machines == 1 &&
               side->facts.machine_processors != first.machine_processors &&
               side->facts.processors == first.processors;
      });
      if (idle == row.end()) continue;
      e_.warnings.push_back(fmt::format(
          "{} changes the machine's processors, and the virtual machine has {} at every value",
          fmt::join(d.names, ", "), first.processors));
      break;
    }
  }
  warn_of_labels_without_meaning();
  note_what_native_runs();
}

// Labels that promise a difference which is none: keys of a monitor that no point has, and points
// that are one configuration.
void Resolver::warn_of_labels_without_meaning() {
  const bool has_monitor = std::any_of(e_.points.begin(), e_.points.end(), [](const Point& point) {
    const auto kind = point.values.find(key::kMonitorKind);
    return kind != point.values.end() && kind->second != "none";
  });
  std::set<std::string> idle;
  const auto look_at = [&](const std::string& path) {
    const ParameterRow* const row = find_row(path);
    if (!has_monitor && row != nullptr && row->needs_monitor) idle.insert(path);
  };
  for (const auto& [path, origin] : e_.origins) {
    if (origin != "default") look_at(path);
  }
  for (const Dimension& d : e_.dimensions) {
    for (const Case& one : d.cases) {
      for (const auto& [path, value] : one.set) look_at(path);
    }
  }
  if (!idle.empty()) {
    e_.warnings.push_back(
        fmt::format("without a monitor (monitor = disco {{ ... }}) {} mean{} nothing",
                    fmt::join(idle, ", "), idle.size() == 1 ? "s" : ""));
  }
  std::map<std::string, std::string> names;  // by hash
  for (const Point& point : e_.points) {
    const auto [known, is_new] = names.emplace(point.hash(), point.name());
    if (is_new) continue;
    e_.warnings.push_back(
        fmt::format("{} and {} are one configuration", known->second, point.name()));
    break;
  }
}

}  // namespace config
