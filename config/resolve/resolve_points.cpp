#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "config/resolve/resolver.hpp"
#include "config/schema/keys.hpp"
#include "config/schema/suggest.hpp"

namespace config {

Values default_values() {
  Values values;
  for (const ParameterRow& row : schema()) {
    const bool single = row.path.find('*') == std::string_view::npos;
    if (row.scope == Scope::kPoint && single) values[std::string{row.path}] = default_of(row);
  }
  return values;
}

Result<Nothing, Refusal> set_key(Values& values, const std::string& path, std::string_view text) {
  const ParameterRow* const row = find_row(path);
  if (row == nullptr || row->scope != Scope::kPoint)
    return Failure{Refusal{Refusal::Why::kForm, path + ": unknown key"}};
  auto held = check_text(*row, text);
  if (!held) return Failure{Refusal{held.error().why, path + ": " + held.error().clause}};
  values[path] = std::move(*held);
  return Nothing{};
}

Result<Nothing, Refusal> set_value(Values& values, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    return Failure{Refusal{Refusal::Why::kForm, "expected path=value"}};
  return set_key(values, text.substr(0, equals), std::string_view{text}.substr(equals + 1));
}

// An override wins over the sweep: no case may change the key any more.
void Resolver::pin(const std::string& path, const SortedJson& value, const std::string& option) {
  e_.values[path] = value;
  e_.origins[path] = "--set";
  for (Dimension& d : e_.dimensions) {
    for (Case& one : d.cases) {
      const auto at = one.set.find(path);
      if (at == one.set.end()) continue;
      if (at->second != value)
        overruled_.push_back({option, path, d.names, one.labels, at->second});
      one.set.erase(at);
    }
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
    if (path.starts_with("vms.") && !knows_vm_of(path)) {
      complain_option(option, path + ": the experiment has no such virtual machine" +
                                  did_you_mean(path.substr(4, path.rfind('.') - 4), vm_names()));
      continue;
    }
    const auto held = check_text(*row, text.substr(equals + 1));
    if (!held) {
      complain_option(option, path + ": " + held.error().clause);
    } else if (row->scope == Scope::kExperiment) {
      all_[path] = *held;
      e_.origins[path] = "--set";
    } else {
      // Another program does not understand the arguments of the one it replaces.
      if (written == "workload") pin(key::kWorkloadArgs, SortedJson::array(), option);
      if (written.starts_with("vms.") && written.ends_with(".workload"))
        pin(written.substr(0, written.rfind('.')) + ".args", SortedJson::array(), option);
      pin(path, *held, option);
    }
  }
  if (options_.seed)
    pin(key::kSeed, SortedJson(*options_.seed), fmt::format("--seed {}", *options_.seed));
}

void Resolver::multiply() {
  if (bytes_of_points() > kMostBytes) {
    return complain(
        "sweep", "sweep",
        fmt::format("has points that hold more than {} MB of values together", kMostBytes >> 20));
  }
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

/// At most, of all values of all points; as much as 10,000 of them may have, where they have more.
std::size_t Resolver::bytes_of_points() const {
  const auto bytes_of = [](const Values& values) {
    std::size_t bytes = 0;
    for (const auto& [path, value] : values) bytes += path.size() + value.dump().size();
    return bytes;
  };
  std::size_t points = 1, each = bytes_of(e_.values);
  for (const Dimension& d : e_.dimensions) {
    std::size_t largest = 0;
    for (const Case& one : d.cases) largest = std::max(largest, bytes_of(one.set));
    points = std::min(points * d.cases.size(), kMostPoints);
    each += largest;
  }
  return points * each;
}

// A dimension all of whose cases set the same values measures nothing: --set has overruled it.
void Resolver::drop_idle_dimensions() {
  as_written_ = e_.dimensions;
  std::vector<Dimension> kept;
  for (const Dimension& d : e_.dimensions) {
    const bool equal = std::all_of(d.cases.begin(), d.cases.end(),
                                   [&](const Case& c) { return c.set == d.cases.front().set; });
    const bool overruled = std::any_of(overruled_.begin(), overruled_.end(),
                                       [&](const Overruled& o) { return o.names == d.names; });
    if (!equal || (d.cases.size() == 1 && !(overruled && d.cases.front().set.empty()))) {
      kept.push_back(d);
      continue;
    }
    for (const auto& [path, value] : d.cases.front().set) e_.values[path] = value;
    e_.notes.push_back(fmt::format(
        "{} left out: nothing is different between {} values any more",
        d.names.size() == 1 ? "the dimension " + d.names.front() + " is"
                            : fmt::format("the dimensions {} are", fmt::join(d.names, " and ")),
        d.names.size() == 1 ? "its" : "their"));
    std::erase_if(overruled_, [&](const Overruled& o) { return o.names == d.names; });
  }
  e_.dimensions = std::move(kept);
}

// A label must not promise what --set has taken from its case: two cases that have become one, or a
// label that is the very value which was overruled. What remains is told.
void Resolver::judge_overruled() {
  for (const Dimension& d : e_.dimensions) {
    const std::string name = fmt::format("{}", fmt::join(d.names, ", "));
    const auto case_of = [&d](const Overruled& o) {
      return std::find_if(d.cases.begin(), d.cases.end(), [&o, &d](const Case& c) {
        return d.names == o.names && c.labels == o.labels;
      });
    };
    std::map<std::string, std::vector<std::string>> told;  // option -> cases
    for (const Overruled& o : overruled_) {
      const auto own = case_of(o);
      if (own == d.cases.end()) continue;  // another dimension's, or left out by --only
      const std::string label = fmt::format("{}", fmt::join(o.labels, ", "));
      const auto twin = std::find_if(d.cases.begin(), d.cases.end(), [&own](const Case& c) {
        return &c != &*own && c.set == own->set;
      });
      const std::string remedy = "; leave it out with --only, or change the file";
      if (twin != d.cases.end()) {
        complain_option(o.option, fmt::format("the case \"{}\" of {} would be the same as \"{}\"{}",
                                              label, name, fmt::join(twin->labels, ", "), remedy));
        return;
      }
      const std::string was = write_value(*find_row(o.path), o.was);
      if (std::find(o.labels.begin(), o.labels.end(), was) != o.labels.end()) {
        complain_option(o.option,
                        fmt::format("the case \"{}\" of {} would not be what it is called{}", label,
                                    name, remedy));
        return;
      }
      auto& cases = told[o.option];
      if (std::find(cases.begin(), cases.end(), label) == cases.end()) cases.push_back(label);
    }
    for (const auto& [option, cases] : told) {
      e_.notes.push_back(
          fmt::format("{} replaces what {} sets for {}", option, name, fmt::join(cases, "; ")));
    }
  }
}

namespace {

/// The labels that "a,b" names. A label may have commas itself: the longest that fits is meant.
/// The failure is the text that is none.
Result<std::vector<std::string>, std::string> labels_in(std::string_view text,
                                                        const std::vector<std::string>& known) {
  std::vector<std::string> list;
  while (true) {
    const std::string* longest = nullptr;
    for (const std::string& label : known) {
      const bool fits =
          text.starts_with(label) && (text.size() == label.size() || text[label.size()] == ',');
      if (fits && (longest == nullptr || label.size() > longest->size())) longest = &label;
    }
    if (longest == nullptr) return Failure{std::string{text.substr(0, text.find(','))}};
    list.push_back(*longest);
    if (text.size() == longest->size()) return list;
    text.remove_prefix(longest->size() + 1);
  }
}

}  // namespace

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
        for (const Case& one : d.cases) {
          if (std::find(labels.begin(), labels.end(), one.labels[i]) == labels.end())
            labels.push_back(one.labels[i]);
        }
        const auto wanted = labels_in(std::string_view{text}.substr(equals + 1), labels);
        if (!wanted) {
          complain_option(option, fmt::format("no such value \"{}\" (known: {})", wanted.error(),
                                              fmt::join(labels, ", ")));
          continue;
        }
        std::erase_if(d.cases, [&](const Case& c) {
          return std::find(wanted->begin(), wanted->end(), c.labels[i]) == wanted->end();
        });
      }
    }
    if (labels.empty())
      complain_option(option,
                      "the sweep has no dimension \"" + name + "\"" + did_you_mean(name, names));
  }
}

// What was expected of points that --set or --only took away can be neither met nor missed; nor can
// a slowdown against a baseline that went with them.
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
    bool asks = is_there(e.where) && is_there(e.at) && (has_baseline_ || e.metric != "slowdown");
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

}  // namespace config
