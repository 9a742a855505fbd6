// What a run's numbers become: which of them count, what is said in one sentence, what differs.
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/summary.hpp"
#include "lab/data/headline.hpp"
#include "lab/data/judgement.hpp"
#include "lab/data/numbers.hpp"
#include "lab/data/run_data.hpp"
#include "lab/report/page_data.hpp"
#include "lab/report/report.hpp"
#include "measure/metrics.hpp"
#include "tests/support/catch.hpp"

using namespace common;
using namespace measure;
using namespace lab;

namespace {

// The results of one repeat that ended well, with these metrics.
Json results(const Json& metrics, const Json& values = Json::object()) {
  return {{"status", "complete"},
          {"guest_exit", 0},
          {"measured", "roi"},
          {"values", values},
          {"phases", {{{"name", "roi"}, {"metrics", metrics}}}}};
}

PointData point(const config::Labels& labels, const Json& metrics,
                const std::string& trouble = "") {
  PointData p;
  p.labels = labels;
  p.name = config::Point{labels, {}}.name();
  p.repeats = {results(metrics)};
  p.troubles = {trouble};
  return p;
}

// Programs down, systems across: cycles of each.
RunData run_of(const std::vector<std::pair<std::string, std::vector<double>>>& programs,
               const Json& headline, const std::string& baseline = "native") {
  const char* systems[] = {"native", "disco"};
  RunData run;
  run.manifest = {{"status", "complete"}};
  run.resolved = {{"report", {{"compare", "system"}, {"baseline", baseline}}},
                  {"measure", "roi"},
                  {"expect", Json::array()}};
  if (!headline.is_null()) run.resolved["report"]["headline"] = headline;
  for (const auto& [program, cycles] : programs) {
    for (std::size_t i = 0; i < cycles.size(); ++i) {
      run.points.push_back(
          point({{"program", program}, {"system", systems[i]}}, {{"cycles", cycles[i]}}));
    }
  }
  return run;
}

}  // namespace

TEST_CASE("Headline: what was asked, each workload by itself", "[cli]") {
  CHECK(headline(run_of({{"a", {100, 250}}, {"b", {2000, 1000}}}, nullptr)) ==
        "Cycles: program=a 100 (system=native), 250 (system=disco, 2.5x); program=b 2,000 "
        "(system=native), 1,000 (system=disco, 0.5x).");
  CHECK(headline(run_of({{"a", {100, 3}}}, {{"metric", "cycles"}})) ==
        "Cycles: program=a 100 (system=native), 3 (system=disco, 0.03x).");
  CHECK(headline(run_of({{"a", {100, 3}}}, {{"metric", "miss.mean"}})) ==
        "Cycles for each user TLB miss, mean: nothing was measured.");
}

TEST_CASE("Headline: several workloads are a stated mean of ratios, never a pool", "[cli]") {
  const std::vector<std::pair<std::string, std::vector<double>>> programs = {
      {"a", {1, 4}}, {"b", {1'000'000, 1'000'000}}, {"c", {10, 160}}, {"d", {5, 5}}};
  CHECK(headline(run_of(programs, nullptr)) ==
        "Cycles, as the geometric mean of the ratios of 4 workloads to system=native: system=disco "
        "2.83x (1x to 16.0x: program=b to program=c).");
  CHECK(headline(run_of(programs, {{"metric", "cycles"}, {"where", {{"program", "a"}}}})) ==
        "Cycles: program=a 1 (system=native), 4 (system=disco, 4x) (only program=a).");
  CHECK(headline(run_of(programs, {{"mean", "each"}})).find("program=d 5") != std::string::npos);
}

TEST_CASE("Headline: without the baseline there are no ratios, and it says so", "[cli]") {
  RunData run = run_of({{"a", {100, 250}}}, nullptr, "gone");
  CHECK(headline(run) ==
        "Cycles: program=a 100 (system=native), 250 (system=disco); the baseline system=gone was "
        "left out, so there are no ratios.");
  CHECK_FALSE(run.metric(run.points[1], "slowdown"));
}

TEST_CASE("Headline: a side without a value is told", "[cli]") {
  RunData run = run_of({{"a", {100, 250}}}, nullptr);
  run.points[1].troubles = {"guest exit 67"};
  CHECK(headline(run) == "Cycles: program=a 100 (system=native), none (system=disco).");
}

TEST_CASE("Run data: what failed or is missing enters no ratio, mean or expectation", "[cli]") {
  RunData run = run_of({{"a", {100, 3}}, {"b", {100, 200}}}, {{"mean", "geometric"}});
  run.points[1].troubles = {"guest exit 67"};
  run.points[1].repeats.front()["guest_exit"] = 67;
  run.resolved["expect"] = {
      {{"that", "slower"}, {"metric", "slowdown"}, {"at", {{"system", "disco"}}}, {"above", 1}}};
  CHECK_FALSE(run.metric(run.points[1], "slowdown"));
  CHECK(run.metric(run.points[3], "slowdown")->mean == 2);
  const auto judged = check_expectations(run);
  REQUIRE(judged.size() == 2);
  CHECK_FALSE(judged[0].holds);
  CHECK_FALSE(judged[0].measured);
  CHECK(judged[0].found.find("guest exit 67") != std::string::npos);
  CHECK(judged[1].holds);
  CHECK(headline(run) ==
        "Cycles: program=b 100 (system=native), 200 (system=disco, 2x); 1 workload "
        "without a value left out.");
  CHECK(judgement(run) == 5);
  CHECK(warnings(run).back().find("1 of 4 runs failed") == 0);

  // Gone altogether: of a complete run it is damage, of an interrupted one its nature.
  run.points[1].repeats.clear();
  run.points[1].troubles.clear();
  run.points[1].missing = 1;
  CHECK(judgement(run) == 4);
  CHECK(check_expectations(run)[0].found.find("missing") != std::string::npos);
  run.manifest["status"] = "partial";
  CHECK(judgement(run) == 130);
}

TEST_CASE("Run data: of repeats only those that ended well are averaged", "[cli]") {
  PointData p = point({}, {{"cycles", 100}});
  p.repeats.push_back(results({{"cycles", 1}}));
  p.troubles.emplace_back("guest exit 1");
  CHECK(p.metric("cycles")->mean == 100);
  CHECK(p.metric("cycles")->n == 1);
  CHECK(p.metric_so_far("cycles")->n == 2);
  CHECK(p.trouble() == "guest exit 1");
  CHECK(p.is_sound());
}

TEST_CASE("Run data: a phase is not compared with a whole run", "[cli]") {
  RunData run = run_of({{"a", {100, 300}}}, nullptr);
  run.points[1].repeats.front()["measured"] = "all";
  run.points[1].repeats.front()["phases"][0]["name"] = "all";
  CHECK(run.points[1].metric("cycles"));
  CHECK_FALSE(run.metric(run.points[1], "slowdown"));
}

TEST_CASE("Run data: rows that only look alike stay two", "[cli]") {
  RunData run;
  run.manifest = {{"status", "complete"}, {"experiment", "x"}};
  run.resolved = {{"report", {{"compare", "z"}, {"baseline", "p"}}},
                  {"values", Json::object()},
                  {"expect", Json::array()}};
  for (const auto& [x, y] : {std::pair{"a b", "c"}, {"a", "b c"}, {"a_b", "c"}, {"a b", "b c"}})
    run.points.push_back(point({{"x", x}, {"y", y}, {"z", "p"}}, {{"cycles", 1}}));
  CHECK(run.rows().size() == 4);
  for (PointData& p : run.points) p.repeats.clear();
  const Json page = page_data(run);
  CHECK(page.at("rows").size() == 4);
  std::set<std::string> names;
  for (const Json& row : page.at("rows")) names.insert(row.at("name").get<std::string>());
  CHECK(names.size() == 4);
}

TEST_CASE("Run data: what differs is told for each side", "[cli]") {
  RunData run = run_of({{"a", {100, 250}}, {"b", {100, 250}}}, nullptr);
  for (PointData& p : run.points) {
    const bool guest = p.label("system") == "disco";
    Json& r = p.repeats.front();
    r["system"] = {{"processors", guest ? 1 : 4}, {"memory", 32 << 20}, {"fidelity", "tlb"}};
    r["values"] = {{"monitor.kind", guest ? "disco" : "none"},
                   {"monitor.l2tlb.entries", guest ? 64 : 1024},
                   {"seed", guest ? 2 : 1},
                   {"workload.program", p.label("program")}};
  }
  const auto list = what_differs(run);
  REQUIRE(list.size() == 3);
  CHECK(list[0].what == "processors of the kernel");
  CHECK(list[0].texts == std::vector<std::string>{"4", "1"});
  CHECK(list[1].what == "monitor.kind");
  CHECK(list[1].texts == std::vector<std::string>{"none", "disco"});
  CHECK(list[2].texts == std::vector<std::string>{"none", "64"});  // no monitor, no L2TLB
  const std::string text = report_markdown(run);
  INFO(text);
  CHECK(text.find("\n\n## What differs\n\n"
                  "| | system=native | system=disco |\n|---|---:|---:|\n"
                  "| processors of the kernel | 4 | 1 |\n"
                  "| monitor.kind | none | disco |\n"
                  "| monitor.l2tlb.entries | none | 64 |\n\n## Cycles\n") != std::string::npos);
}

TEST_CASE("Text: what was compared can be seen", "[cli]") {
  const auto apart = [](double a, double b, const char* unit) {
    const auto [left, right] = show_apart(a, b, unit);
    return left + " " + right;
  };
  CHECK(apart(29647.1, 29647.3, "cycles") == "29,647.1 29,647.3");
  CHECK(apart(1.0004, 1, "ratio") == "1.0004 1");
  CHECK(apart(1'000'000'000.125, 1'000'000'000.25, "count") == "1,000,000,000.1 1,000,000,000.2");
  CHECK(apart(5, 5, "count") == "5 5");
  CHECK(apart(1, 2, "ratio") == "1 2");
  CHECK(apart(-1.00001, -1, "ratio") == "-1.00001 -1");
  CHECK(show_ratio(0.0353) == "0.0353x");
  CHECK(show_ratio(82.13) == "82.1x");
  CHECK(show_number(0.04, "cycles") == "0.04");

  const double left = 12'345.678'901'234, right = std::nextafter(left, 1e9);
  const auto [a, b] = show_apart(left, right, "cycles");
  CHECK(a != b);
}

TEST_CASE("Metrics: a title stands for one metric", "[cli]") {
  std::set<std::string> titles;
  for (const MetricInfo& info : metric_infos()) {
    INFO(info.name);
    CHECK_FALSE(info.title.empty());
    CHECK(titles.insert(info.title).second);
  }
  for (const std::string& name : measure::shown_metrics())
    CHECK(measure::find_metric(name) != nullptr);
}
