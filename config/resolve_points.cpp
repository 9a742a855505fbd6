#include <fmt/format.h>

#include <algorithm>

#include "config/resolver.hpp"
#include "config/suggest.hpp"

namespace config {

Values default_values() {
  Values values;
  for (const ParameterRow& row : schema()) {
    const bool single = row.path.find('*') == std::string_view::npos;
    if (row.scope == Scope::kPoint && single) values[std::string{row.path}] = default_of(row);
  }
  return values;
}

Result<Nothing, std::string> set_value(Values& values, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    return Failure{std::string{"expected path=value"}};
  const std::string path = text.substr(0, equals);
  const ParameterRow* const row = find_row(path);
  if (row == nullptr || row->scope != Scope::kPoint) return Failure{path + ": unknown key"};
  auto held = check_text(*row, std::string_view{text}.substr(equals + 1));
  if (!held) return Failure{path + ": " + held.error()};
  values[path] = std::move(*held);
  return Nothing{};
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

// The dimension that is compared and its baseline. What --set or --only took away cannot be
// compared: then the first dimension that is left, and its first value, stand in.
void Resolver::check_report() {
  const auto names_of = [](const std::vector<Dimension>& dimensions) {
    std::vector<std::string> names;
    for (const Dimension& d : dimensions) names.insert(names.end(), d.names.begin(), d.names.end());
    return names;
  };
  const auto has = [](const std::vector<std::string>& list, const std::string& one) {
    return std::find(list.begin(), list.end(), one) != list.end();
  };
  const auto written = names_of(as_written_);
  const auto left = names_of(e_.dimensions);
  if (!e_.compare.empty() && !has(written, e_.compare)) {
    complain(
        "report.compare", "report.compare",
        "the sweep has no dimension \"" + e_.compare + "\"" + did_you_mean(e_.compare, written));
  }
  const bool taken_away = !e_.compare.empty() && !has(left, e_.compare);
  if (taken_away || left.empty()) e_.baseline.clear();
  if (!has(left, e_.compare)) e_.compare = left.empty() ? "" : left.front();

  std::vector<std::string> labels;
  for (const Dimension& d : e_.dimensions) {
    for (std::size_t i = 0; i < d.names.size(); ++i) {
      if (d.names[i] != e_.compare) continue;
      for (const Case& one : d.cases) labels.push_back(one.labels[i]);
    }
  }
  if (labels.empty() || has(labels, e_.baseline)) return;
  if (!e_.baseline.empty() && options_.only.empty()) {
    complain("report.baseline", "report.baseline",
             "the dimension " + e_.compare + " has no value \"" + e_.baseline + "\"" +
                 did_you_mean(e_.baseline, labels));
  }
  e_.baseline = labels.front();
}

}  // namespace config
