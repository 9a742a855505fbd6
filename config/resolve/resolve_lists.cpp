#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "config/lua/lua_state.hpp"
#include "config/resolve/resolver.hpp"
#include "config/schema/suggest.hpp"

namespace config {

Values Resolver::read_list_rows(const SortedJson& table, const std::string& path,
                                const std::string& place) {
  Values rows;
  for (const auto& [key, value] : table.items()) {
    if (key == kConstructorKey) continue;
    const std::string full = path + ".*." + key;
    const ParameterRow* const row = find_row(full);
    if (row == nullptr) {
      complain(join_path(place, key), join_path(place, key), unknown_key(full));
      continue;
    }
    const auto held = check_value(*row, value);
    if (!held) complain(join_path(place, key), join_path(place, key), held.error().clause);
    if (held) rows[key] = *held;
  }
  for (const ParameterRow& row : schema()) {
    const std::string prefix = path + ".*.";
    if (!row.path.starts_with(prefix) || !row.required) continue;
    const std::string key{row.path.substr(prefix.size())};
    if (!table.contains(key)) complain(place, join_path(place, key), "is missing");
  }
  return rows;
}

void Resolver::read_sweep(const SortedJson& list) {
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

void Resolver::read_dimension(const SortedJson& table, const std::string& place) {
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
  const SortedJson& values = rows.at("values");
  if (values.empty()) complain(place + ".values", place + ".values", "is empty");
  std::set<std::vector<std::string>> seen;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string at = place + ".values." + std::to_string(i + 1);
    auto one = read_case(values[i], path, at, dimension);
    if (!one) continue;
    if (!seen.insert(one->labels).second)
      complain(at, at, fmt::format("a second case \"{}\"", fmt::join(one->labels, ", ")));
    dimension.cases.push_back(std::move(*one));
  }
  if (!dimension.cases.empty()) e_.dimensions.push_back(std::move(dimension));
}

std::optional<Case> Resolver::read_case(const SortedJson& value, const std::string& path,
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
      complain(place, place, "label: " + texts.error().clause);
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

void Resolver::read_expectations(const SortedJson& list) {
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

Selector Resolver::selector(const SortedJson& value, const std::string& place, const std::string&) {
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
      complain(join_path(place, name), join_path(place, name),
               "the sweep has no such dimension" + did_you_mean(name, names));
    } else if (std::find(labels.begin(), labels.end(), label) == labels.end()) {
      complain(join_path(place, name), join_path(place, name),
               "the dimension has no value \"" + label + "\"" + did_you_mean(label, labels));
    }
  }
  return wanted;
}

}  // namespace config
