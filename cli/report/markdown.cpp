#include <fmt/format.h>

#include "cli/point_runner.hpp"
#include "cli/quoting.hpp"
#include "cli/report/report.hpp"
#include "cli/summary.hpp"

namespace cli {
namespace {

struct Shown {
  const char* metric;
  const char* title;
};
constexpr Shown kShown[] = {{"miss.count", "User TLB misses"},
                            {"miss.mean", "Cycles for each user TLB miss (mean)"},
                            {"miss.p50", "the same, median"},
                            {"miss.p99", "the same, 99 % at most"},
                            {"miss.share", "Share of cycles in user TLB misses"},
                            {"slowdown", "Slowdown against the baseline"},
                            {"syscall.mean", "Cycles for each system call (mean)"},
                            {"direct", "Guest instructions executed directly"}};

void table(std::string& text, const RunData& run, const Shown& shown) {
  const std::string unit = find_metric(shown.metric)->unit;
  std::string head = "| |", line = "|---|", body;
  for (const std::string& label : run.labels_of(run.compare())) {
    head += " " + (label.empty() ? std::string{"value"} : markdown_text(label)) + " |";
    line += "---:|";
  }
  bool any = false;
  for (const RunData::Row& row : run.rows()) {
    body += "|";
    for (const auto& [dimension, label] : row.labels) body += " " + markdown_text(label);
    body += " |";
    for (const PointData* point : row.points) {
      const auto value = point == nullptr ? std::nullopt : run.metric(*point, shown.metric);
      any = any || value;
      body += " " + (value ? show_number(value->mean, unit) : std::string{"-"}) + " |";
    }
    body += "\n";
  }
  if (any) text += fmt::format("## {}\n\n{}\n{}\n{}\n", shown.title, head, line, body);
}

}  // namespace

std::string report_markdown(const RunData& run) {
  std::string text =
      fmt::format("# {}\n\n{}\n\n{}\n\n", markdown_text(run.manifest.value("experiment", "")),
                  markdown_text(run.resolved.value("question", "")), markdown_text(headline(run)));
  for (const std::string& one : warnings(run))
    text += "**Warning:** " + markdown_text(one) + "\n\n";
  for (const Shown& shown : kShown) table(text, run, shown);
  const auto expectations = check_expectations(run);
  if (!expectations.empty()) text += "## Expectations\n\n";
  for (const ExpectationResult& one : expectations) {
    text +=
        fmt::format("- {}: {} ({}; {})\n", one.holds ? "met" : "**failed**",
                    markdown_text(one.that), markdown_text(one.found), markdown_text(one.where));
  }
  const auto red = red_identities(run);
  text += red.empty() ? "\nAll identities hold.\n" : "\n## Identities that do not hold\n\n";
  for (const std::string& one : red) text += "- " + markdown_text(one) + "\n";
  return text;
}

}  // namespace cli
