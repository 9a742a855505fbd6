#include "lab/data/headline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <nlohmann/json.hpp>

#include "common/wording.hpp"
#include "lab/data/numbers.hpp"
#include "measure/metrics.hpp"

namespace lab {
namespace {

/// What "auto" still lists one after the other.
constexpr std::size_t kFew = 3;

/// One row's values, by column; nothing where there is none that counts.
struct Line {
  std::string name;
  std::vector<std::optional<double>> values;
};

struct Table {
  const measure::MetricInfo& info;
  std::vector<std::string> heads;
  std::size_t base;  // heads.size() if nothing is compared
  std::vector<Line> lines;
  std::size_t left_out = 0;  // lines without a value on every side

  bool compares() const { return base < heads.size() && heads.size() > 1; }
};

std::string value_text(const Table& t, double value) {
  return t.info.name == "slowdown" ? show_ratio(value) : show_number(value, t.info.unit);
}

// "parallel 65,101,232 (placement=first-touch), 82,990,100 (placement=node-0, 1.27x)"
std::string line_text(const Table& t, const Line& line) {
  std::string text;
  const double base = t.compares() ? line.values[t.base].value_or(0) : 0;  // 0: no ratio to it
  for (std::size_t i = 0; i < t.heads.size(); ++i) {
    if (!line.values[i]) {
      text += (text.empty() ? line.name + " " : ", ") + "none (" + t.heads[i] + ")";
      continue;
    }
    const bool ratio = base != 0 && i != t.base && t.info.name != "slowdown";
    text += text.empty() ? line.name + " " : ", ";
    text += value_text(t, *line.values[i]);
    if (t.heads.size() == 1) continue;
    text += ratio ? fmt::format(" ({}, {})", t.heads[i], show_ratio(*line.values[i] / base))
                  : fmt::format(" ({})", t.heads[i]);
  }
  return text;
}

std::string each(const Table& t) {
  std::string text;
  for (const Line& line : t.lines) text += (text.empty() ? "" : "; ") + line_text(t, line);
  return fmt::format("{}: {}", t.info.title, text);
}

/// Where the smallest and the greatest of a list stand.
struct Range {
  const Line* least = nullptr;
  const Line* greatest = nullptr;
  double low = 0, high = 0;

  void add(const Line& line, double value) {
    if (least == nullptr || value < low) least = &line, low = value;
    if (greatest == nullptr || value > high) greatest = &line, high = value;
  }
};

// Nothing is beside anything: no mean of different workloads, but their range.
std::string range_only(const Table& t) {
  std::string text;
  for (std::size_t i = 0; i < t.heads.size(); ++i) {
    Range range;
    for (const Line& line : t.lines) {
      if (line.values[i]) range.add(line, *line.values[i]);
    }
    if (range.least == nullptr) continue;
    text += fmt::format("{}{} ({}) to {} ({}){}", text.empty() ? "" : "; ",
                        value_text(t, range.low), range.least->name, value_text(t, range.high),
                        range.greatest->name, t.heads.size() == 1 ? "" : " at " + t.heads[i]);
  }
  return fmt::format("{} of {}: from {}", t.info.title, count_of(t.lines.size(), "workload"), text);
}

// Of ratios, of the workloads that have all of them.
std::string geometric(const Table& t) {
  std::string text;
  for (std::size_t i = 0; i < t.heads.size(); ++i) {
    if (i == t.base) continue;
    double sum = 0;
    Range range;
    for (const Line& line : t.lines) {
      const double ratio = *line.values[i] / *line.values[t.base];
      sum += std::log(ratio);
      range.add(line, ratio);
    }
    text += fmt::format("{}{} {} ({} to {}: {} to {})", text.empty() ? "" : ", ", t.heads[i],
                        show_ratio(std::exp(sum / static_cast<double>(t.lines.size()))),
                        show_ratio(range.low), show_ratio(range.high), range.least->name,
                        range.greatest->name);
  }
  return fmt::format("{}, as the geometric mean of the ratios of {} to {}: {}", t.info.title,
                     count_of(t.lines.size(), "workload"), t.heads[t.base], text);
}

// For a mean of ratios every line needs all its values, and none of them zero.
void keep_whole_lines(Table& t) {
  const auto lacks = [](const Line& line) {
    return std::any_of(line.values.begin(), line.values.end(),
                       [](const auto& value) { return !value || *value <= 0; });
  };
  t.left_out += std::erase_if(t.lines, lacks);
}

Table table_of(const RunData& run, const measure::MetricInfo& info, const config::Selector& where) {
  Table t{info, {}, 0, {}};
  config::Selector of_rows = where;
  of_rows.erase(run.compare());
  const auto only = where.find(run.compare());
  const auto labels = run.labels_of(run.compare());
  std::vector<std::size_t> columns;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (only != where.end() && labels[i] != only->second && labels[i] != run.baseline()) continue;
    columns.push_back(i);
    t.heads.push_back(run.column_name(labels[i]));
  }
  t.base = t.heads.size();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (!run.compare().empty() && labels[columns[i]] == run.baseline()) t.base = i;
  }
  for (const RunData::Row& row : run.rows()) {
    PointData labelled;
    labelled.labels = row.labels;
    if (!labelled.matches(of_rows)) continue;
    Line line{run.name_of(row), {}};
    bool any = false;
    for (const std::size_t i : columns) {
      const PointData* const point = row.points[i];
      const auto value = point == nullptr ? std::nullopt : run.metric(*point, info.name);
      line.values.push_back(value ? std::optional{value->mean} : std::nullopt);
      any = any || value;
    }
    if (any) t.lines.push_back(std::move(line));
    if (!any) ++t.left_out;
  }
  return t;
}

std::string capital(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

}  // namespace

config::Headline headline_of(const RunData& run) {
  config::Headline h;
  const Json declared = run.resolved.at("report").value("headline", Json::object());
  h.metric = declared.value("metric", h.metric);
  h.mean = declared.value("mean", h.mean);
  const Json where = declared.value("where", Json::object());
  for (const auto& [name, label] : where.items()) h.where[name] = label.get<std::string>();
  return h;
}

std::string headline(const RunData& run) {
  const config::Headline h = headline_of(run);
  const measure::MetricInfo* const info = measure::find_metric(h.metric);
  if (info == nullptr) return "The metric of the headline, " + h.metric + ", is not known.";
  Table t = table_of(run, *info, h.where);
  std::string where;
  for (const auto& [name, label] : h.where) where += fmt::format(", {}={}", name, label);
  if (t.lines.empty())
    return fmt::format("{}{}: nothing was measured.", capital(info->title), where);

  std::string text;
  if (h.mean == "each" || (h.mean == "auto" && t.lines.size() <= kFew)) {
    text = each(t);
  } else if (!t.compares()) {
    text = range_only(t);
  } else {
    keep_whole_lines(t);
    if (t.lines.empty()) {
      return fmt::format("{}{}: no workload was measured on every side.", capital(info->title),
                         where);
    }
    text = t.lines.size() == 1 ? each(t) : geometric(t);
  }
  if (t.left_out != 0)
    text += fmt::format("; {} without a value left out", count_of(t.left_out, "workload"));
  if (!run.compare().empty() && !run.has_baseline())
    text += fmt::format("; the baseline {}={} was left out, so there are no ratios", run.compare(),
                        run.baseline());
  if (!where.empty()) text += " (only" + where.substr(1) + ")";
  return capital(text) + ".";
}

}  // namespace lab
