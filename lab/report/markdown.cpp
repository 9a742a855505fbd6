#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "common/wording.hpp"
#include "lab/data/headline.hpp"
#include "lab/data/judgement.hpp"
#include "lab/data/numbers.hpp"
#include "lab/points/point_runner.hpp"
#include "lab/points/quoting.hpp"
#include "lab/report/report.hpp"
#include "measure/metrics.hpp"

namespace lab {
namespace {

std::string heads(const RunData& run) {
  std::string head, line = "|---|";
  for (const std::string& label : run.labels_of(run.compare())) {
    head += " " + markdown_text(run.column_name(label)) + " |";
    line += "---:|";
  }
  return head + "\n" + line;
}

std::string cell(const RunData& run, const PointData* point, const std::string& metric) {
  if (point == nullptr) return "-";
  if (const auto value = run.metric(*point, metric))
    return show_number(value->mean, measure::find_metric(metric)->unit);
  return point->is_sound() || point->trouble().empty() ? "-" : point->trouble();
}

void table(std::string& text, const RunData& run, const std::string& metric) {
  std::string body;
  bool any = false;
  for (const RunData::Row& row : run.rows()) {
    body += "| " + markdown_text(run.name_of(row)) + " |";
    for (const PointData* point : row.points) {
      any = any || (point != nullptr && run.metric(*point, metric));
      body += " " + cell(run, point, metric) + " |";
    }
    body += "\n";
  }
  std::string title = measure::find_metric(metric)->title;
  title[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(title[0])));
  if (any) text += fmt::format("## {}\n\n| |{}\n{}\n", title, heads(run), body);
}

void differences(std::string& text, const RunData& run) {
  const auto list = what_differs(run);
  if (list.empty()) return;
  text += fmt::format("## What differs\n\n| |{}\n", heads(run));
  for (const Differing& one : list) {
    text += "| " + markdown_text(one.what) + " |";
    for (const std::string& side : one.texts) text += " " + markdown_text(side) + " |";
    text += "\n";
  }
  text += "\n";
}

}  // namespace

std::string report_markdown(const RunData& run) {
  std::string text =
      fmt::format("# {}\n\n{}\n\n{}\n\n", markdown_text(run.manifest.value("experiment", "")),
                  markdown_text(run.resolved.value("question", "")), markdown_text(headline(run)));
  for (const std::string& one : warnings(run))
    text += "**Warning:** " + markdown_text(one) + "\n\n";
  for (const std::string& one : notes(run)) text += "Note: " + markdown_text(one) + "\n\n";
  differences(text, run);
  std::vector<std::string> metrics = measure::shown_metrics();
  if (const auto asked = headline_of(run).metric;
      measure::find_metric(asked) != nullptr &&
      std::find(metrics.begin(), metrics.end(), asked) == metrics.end())
    metrics.insert(metrics.begin(), asked);
  for (const std::string& metric : metrics) table(text, run, metric);
  const auto expectations = check_expectations(run);
  if (!expectations.empty()) text += "## Expectations\n\n";
  for (const ExpectationResult& one : expectations) {
    text +=
        fmt::format("- {}: {} ({}; {})\n",
                    one.holds      ? "met"
                    : one.measured ? "**failed**"
                                   : "**not measured**",
                    markdown_text(one.that), markdown_text(one.found), markdown_text(one.where));
  }
  const auto red = red_identities(run);
  text += red.empty() ? "\nAll identities hold.\n" : "\n## Identities that do not hold\n\n";
  for (const std::string& one : red) text += "- " + markdown_text(one) + "\n";
  return text;
}

}  // namespace lab
