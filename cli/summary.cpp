#include "cli/summary.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "lab/data/headline.hpp"
#include "lab/data/judgement.hpp"
#include "lab/data/numbers.hpp"
#include "lab/points/quoting.hpp"
#include "measure/metrics.hpp"

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

std::string cell(const lab::RunData& run, const lab::PointData* point, const std::string& metric) {
  if (point == nullptr) return "";
  const std::string unit = measure::find_metric(metric)->unit;
  const auto value = run.metric(*point, metric);
  if (!value) {
    // Of what was stopped there may be numbers; of what failed they would mean nothing.
    const std::string trouble = point->is_sound() ? "" : point->trouble();
    const auto so_far = trouble == "limit" ? point->metric_so_far(metric) : std::nullopt;
    if (so_far) return lab::show_number(so_far->mean, unit) + " (limit)";
    return trouble.empty() ? "-" : trouble;
  }
  std::string text = lab::show_number(value->mean, unit);
  if (value->n > 1 && value->least != value->greatest)
    text += fmt::format(" [{}..{}]", lab::show_number(value->least, unit),
                        lab::show_number(value->greatest, unit));
  return text;
}

// The metric of the headline, and what every report of the terminal has.
std::vector<std::string> summary_metrics(const lab::RunData& run) {
  std::vector<std::string> metrics = {headline_of(run).metric};
  if (measure::find_metric(metrics.front()) == nullptr) metrics.clear();
  for (const char* metric : {"slowdown", "miss.count", "miss.mean", "syscall.mean"}) {
    if (std::find(metrics.begin(), metrics.end(), metric) == metrics.end())
      metrics.emplace_back(metric);
  }
  return metrics;
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

namespace {

// Who runs a program or two wants to see what they said.
void print_last_lines(Session& session, const lab::RunData& run,
                      const std::vector<std::string>& heads) {
  constexpr std::size_t kMostRows = 3, kWidest = 40;
  if (run.rows().size() > kMostRows) return;
  std::vector<std::vector<std::string>> table = {{"printed last"}};
  table[0].insert(table[0].end(), heads.begin(), heads.end());
  for (const lab::RunData::Row& row : run.rows()) {
    table.push_back({lab::printable(run.name_of(row))});
    for (const lab::PointData* point : row.points) {
      std::string line =
          point == nullptr || point->repeats.empty()
              ? "-"
              : text_of(point->results().value("console", Json::object()), "last_line");
      if (line.size() > kWidest) line = line.substr(0, kWidest) + "...";
      table.back().push_back(line);
    }
  }
  session.say("");
  session.say(table_text(table, session.paint()));
}

}  // namespace

namespace {

// The one program of all points, with its arguments where they are the same too; "" if there are
// several.
std::string program_of(const lab::RunData& run) {
  std::set<std::string> programs, lines;
  for (const lab::PointData& point : run.points) {
    if (point.repeats.empty()) continue;
    const Json values = point.results().value("values", Json::object());
    std::string line = text_of(values, "workload.program");
    programs.insert(line);
    for (const Json& word : values.value("workload.args", Json::array()))
      line += " " + (word.is_string() ? word.get<std::string>() : word.dump());
    lines.insert(line);
  }
  if (lines.size() == 1) return *lines.begin();
  return programs.size() == 1 ? *programs.begin() : "";
}

}  // namespace

void print_summary(Session& session, const lab::RunData& run) {
  const Paint& paint = session.paint();
  const std::string question = run.resolved.value("question", "");
  if (!question.empty()) session.say(paint.bold(lab::printable(question)));
  if (const std::string program = program_of(run); !program.empty())
    session.say("program: " + lab::printable(program));
  session.say(lab::printable(headline(run)));
  for (const std::string& one : warnings(run))
    session.say(paint.yellow("warning: " + lab::printable(one)));
  for (const std::string& one : notes(run)) session.say("note: " + lab::printable(one));
  const auto columns = run.labels_of(run.compare());
  std::vector<std::string> heads;
  for (const std::string& label : columns) heads.push_back(lab::printable(run.column_name(label)));
  if (const auto differing = what_differs(run); !differing.empty()) {
    std::vector<std::vector<std::string>> table = {{"what differs"}};
    table[0].insert(table[0].end(), heads.begin(), heads.end());
    for (const lab::Differing& one : differing) {
      table.push_back({one.what});
      for (const std::string& text : one.texts) table.back().push_back(lab::printable(text));
    }
    session.say("");
    session.say(table_text(table, paint));
  }
  for (const std::string& metric : summary_metrics(run)) {
    std::vector<std::vector<std::string>> table = {{measure::find_metric(metric)->title}};
    table[0].insert(table[0].end(), heads.begin(), heads.end());
    bool any = false;
    for (const lab::RunData::Row& row : run.rows()) {
      std::vector<std::string> line = {lab::printable(run.name_of(row))};
      for (const lab::PointData* point : row.points) {
        line.push_back(cell(run, point, metric));
        any = any || (point != nullptr && run.metric(*point, metric));
        any = any || line.back().ends_with(" (limit)");
      }
      table.push_back(std::move(line));
    }
    if (!any) continue;
    session.say("");
    session.say(table_text(table, paint));
  }
  print_last_lines(session, run, heads);
  for (const lab::ExpectationResult& one : check_expectations(run)) {
    session.say(fmt::format("{} {}  {} ({})",
                            one.holds      ? paint.green("met   ")
                            : one.measured ? paint.red("FAILED")
                                           : paint.red("NOT MEASURED"),
                            one.that, paint.dim(one.found), one.where));
  }
  std::size_t identities = 0;
  for (const lab::PointData& point : run.points) {
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

Json summary_json(const lab::RunData& run) {
  Json json = {{"schema", "disco-summary 1"},
               {"run", run.path.string()},
               {"status", run.manifest.value("status", "")},
               {"question", run.resolved.value("question", "")},
               {"answer", headline(run)},
               {"headline", {{"metric", headline_of(run).metric}, {"mean", headline_of(run).mean}}},
               {"compare", run.compare()},
               {"baseline", run.baseline()},
               {"differs", Json::array()},
               {"points", Json::array()},
               {"expectations", Json::array()},
               {"warnings", warnings(run)},
               {"notes", notes(run)},
               {"identities_red", red_identities(run)}};
  for (const lab::PointData& point : run.points) {
    Json one = {
        {"point", point.name},        {"labels", Json::object()},
        {"metrics", Json::object()},  {"counts", point.is_sound()},  // whether its numbers do
        {"trouble", point.trouble()}, {"digests", Json::array()}};
    for (const auto& [name, label] : point.labels) one.at("labels")[name] = label;
    for (const measure::MetricInfo& info : measure::metric_infos()) {
      if (const auto value = run.metric(point, info.name))
        one.at("metrics")[info.name] = value->mean;
    }
    for (const Json& results : point.repeats)
      one.at("digests").push_back(results.value("digest", ""));
    json["points"].push_back(std::move(one));
  }
  for (const lab::ExpectationResult& one : check_expectations(run)) {
    json["expectations"].push_back({{"that", one.that},
                                    {"where", one.where},
                                    {"found", one.found},
                                    {"holds", one.holds},
                                    {"measured", one.measured}});
  }
  for (const lab::Differing& one : what_differs(run)) {
    Json sides = Json::object();
    const auto labels = run.labels_of(run.compare());
    for (std::size_t i = 0; i < labels.size(); ++i) sides[labels[i]] = one.texts[i];
    json["differs"].push_back({{"what", one.what}, {"sides", sides}});
  }
  return json;
}

}  // namespace cli
