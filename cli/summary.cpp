#include "cli/summary.hpp"

#include <algorithm>
#include <cmath>

#include "cli/quoting.hpp"

namespace cli {
namespace {

// Characters as a terminal counts them: no colour codes, one for each UTF-8 sequence.
std::size_t width_of(const std::string& text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      while (i < text.size() && text[i] != 'm') ++i;
    } else if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) {
      ++width;
    }
  }
  return width;
}

std::string row_name(const RunData::Row& row) {
  std::string name;
  for (const auto& [dimension, label] : row.labels)
    name += (name.empty() ? "" : " ") + printable(label);
  return name.empty() ? "all" : name;
}

std::string cell(const RunData& run, const PointData* point, const std::string& metric) {
  if (point == nullptr) return "";
  const auto value = run.metric(*point, metric);
  if (!value) return "-";
  std::string text = show_number(value->mean, find_metric(metric)->unit);
  if (value->n > 1 && value->least != value->greatest) {
    text += fmt::format(" [{}..{}]", show_number(value->least, find_metric(metric)->unit),
                        show_number(value->greatest, find_metric(metric)->unit));
  }
  return text;
}

struct Shown {
  const char* metric;
  const char* title;
};
constexpr Shown kShown[] = {{"miss.mean", "user TLB miss, cycles (mean)"},
                            {"misses.user", "user TLB misses"},
                            {"slowdown", "slowdown"},
                            {"syscall.mean", "system call, cycles (mean)"}};

// The weighted mean over all rows: the total cycles of the class divided by its count.
std::optional<double> overall_miss_cost(const RunData& run, const std::string& label) {
  double cycles = 0, count = 0;
  for (const RunData::Row& row : run.rows()) {
    for (const PointData* point : row.points) {
      if (point == nullptr || point->label(run.compare()) != label) continue;
      const auto n = point->metric("miss.count");
      const auto mean = point->metric("miss.mean");
      if (!n || !mean) continue;
      cycles += n->mean * mean->mean;
      count += n->mean;
    }
  }
  if (count == 0) return std::nullopt;
  return cycles / count;
}

}  // namespace

std::string table_text(const std::vector<std::vector<std::string>>& rows, const Paint& paint,
                       std::string_view alignment) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string text;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string line;
    for (std::size_t i = 0; i < rows[r].size(); ++i) {
      const std::string gap(widths[i] - width_of(rows[r][i]), ' ');
      const bool left = alignment[std::min(i, alignment.size() - 1)] == 'l';
      line += (i == 0 ? "  " : "   ") + (left ? rows[r][i] + gap : gap + rows[r][i]);
    }
    while (line.ends_with(' ')) line.pop_back();
    text += (r == 0 ? paint.bold(line) : line) + "\n";
  }
  return text;
}

std::string headline(const RunData& run) {
  const std::string base = run.baseline();
  if (run.compare().empty()) {
    if (run.points.empty()) return "Nothing was measured.";
    const auto cost = overall_miss_cost(run, "");
    if (!cost) return "No user TLB miss was measured.";
    return fmt::format("A user TLB miss costs {} cycles.", show_number(*cost, "cycles"));
  }
  const auto base_cost = overall_miss_cost(run, base);
  if (!base_cost) return "No user TLB miss was measured at the baseline.";
  std::string text = fmt::format("Over all workloads a user TLB miss costs {} cycles ({})",
                                 show_number(*base_cost, "cycles"), base);
  for (const std::string& label : run.labels_of(run.compare())) {
    const auto cost = label == base ? std::nullopt : overall_miss_cost(run, label);
    if (cost)
      text += fmt::format(", {} ({}, {:.1f}x)", show_number(*cost, "cycles"), label,
                          *cost / *base_cost);
  }
  return text + ".";
}

void print_summary(Session& session, const RunData& run) {
  const Paint& paint = session.paint();
  const std::string question = run.resolved.value("question", "");
  if (!question.empty()) session.say(paint.bold(printable(question)));
  session.say(printable(headline(run)));
  for (const std::string& one : warnings(run))
    session.say(paint.yellow("warning: " + printable(one)));
  const auto columns = run.labels_of(run.compare());
  for (const Shown& shown : kShown) {
    std::vector<std::vector<std::string>> table = {{shown.title}};
    for (const std::string& label : columns) table[0].push_back(label.empty() ? "value" : printable(label));
    bool any = false;
    for (const RunData::Row& row : run.rows()) {
      std::vector<std::string> line = {row_name(row)};
      for (const PointData* point : row.points) {
        line.push_back(cell(run, point, shown.metric));
        any = any || (line.back() != "-" && !line.back().empty());
      }
      table.push_back(std::move(line));
    }
    if (!any) continue;
    session.say("");
    session.say(table_text(table, paint));
  }
  for (const ExpectationResult& one : check_expectations(run)) {
    session.say(fmt::format("{} {}  {} ({})",
                            one.holds ? paint.green("met   ") : paint.red("FAILED"), one.that,
                            paint.dim(one.found), one.where));
  }
  std::size_t identities = 0;
  for (const PointData& point : run.points) {
    for (const Json& results : point.repeats) {
      for (const Json& phase : results.at("phases"))
        identities += phase.contains("identities") ? phase.at("identities").size() : 0;
    }
  }
  const auto red = red_identities(run);
  if (red.empty()) {
    session.say(paint.green(fmt::format("all {} identities hold", identities)));
  } else {
    session.say(paint.red(fmt::format("{} of {} identities do not hold:", red.size(), identities)));
    for (const std::string& one : red) session.say("  " + one);
  }
}

Json summary_json(const RunData& run) {
  Json json = {{"schema", "disco-summary 1"},
               {"run", run.path.string()},
               {"status", run.manifest.value("status", "")},
               {"question", run.resolved.value("question", "")},
               {"answer", headline(run)},
               {"compare", run.compare()},
               {"baseline", run.baseline()},
               {"points", Json::array()},
               {"expectations", Json::array()},
               {"warnings", warnings(run)},
               {"identities_red", red_identities(run)}};
  for (const PointData& point : run.points) {
    Json one = {{"point", point.name},
                {"labels", Json::object()},
                {"metrics", Json::object()},
                {"digests", Json::array()}};
    for (const auto& [name, label] : point.labels) one.at("labels")[name] = label;
    for (const MetricInfo& info : metric_infos()) {
      if (const auto value = run.metric(point, info.name))
        one.at("metrics")[info.name] = value->mean;
    }
    for (const Json& results : point.repeats)
      one.at("digests").push_back(results.value("digest", ""));
    json["points"].push_back(std::move(one));
  }
  for (const ExpectationResult& one : check_expectations(run)) {
    json["expectations"].push_back(
        {{"that", one.that}, {"where", one.where}, {"found", one.found}, {"holds", one.holds}});
  }
  return json;
}

}  // namespace cli
