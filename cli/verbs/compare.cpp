// disco compare A B: the same points of two runs, metric by metric. The simulator is deterministic,
// so a difference is a difference: no significance is claimed for single runs; with repeats, ranges
// that overlap are marked "~".
#include <algorithm>
#include <cmath>

#include "cli/limits.hpp"
#include "cli/run_data.hpp"
#include "cli/run_directory.hpp"
#include "cli/summary.hpp"
#include "cli/verbs/verbs.hpp"

namespace cli::verbs {
namespace {

struct Options {
  std::string a, b, root = "runs";
  std::vector<std::string> metrics = {"cycles", "miss.count", "miss.mean", "syscall.mean"};
  double threshold = 0;  // per cent
  bool fail_on_regress = false, all = false;
};

struct Difference {
  std::string point, metric;
  double a = 0, b = 0;
  bool overlap = false;
  double percent() const { return a == 0 ? (b == 0 ? 0 : 100) : (b - a) / std::fabs(a) * 100; }
};

const PointData* same_point(const RunData& run, const PointData& point) {
  config::Selector wanted;
  for (const auto& [name, label] : point.labels) wanted[name] = label;
  for (const PointData& other : run.points) {
    if (other.labels.size() == point.labels.size() && other.matches(wanted)) return &other;
  }
  return nullptr;
}

std::vector<Difference> differences(const RunData& a, const RunData& b,
                                    const std::vector<std::string>& metrics) {
  std::vector<Difference> list;
  for (const PointData& point : a.points) {
    const PointData* const other = same_point(b, point);
    if (other == nullptr) continue;
    for (const std::string& metric : metrics) {
      const auto left = a.metric(point, metric), right = b.metric(*other, metric);
      if (!left || !right) continue;
      const bool overlap = left->n > 1 && right->n > 1 && left->least <= right->greatest &&
                           right->least <= left->greatest;
      list.push_back({point.name, metric, left->mean, right->mean, overlap});
    }
  }
  return list;
}

std::size_t print(Session& session, const std::vector<Difference>& all, const Options& o) {
  const Paint& paint = session.paint();
  std::vector<std::vector<std::string>> table = {{"point", "metric", "A", "B", "change"}};
  std::size_t worse = 0, changed = 0;
  for (const Difference& d : all) {
    const MetricInfo& info = *find_metric(d.metric);
    const bool beyond = std::fabs(d.percent()) > o.threshold && !d.overlap && d.a != d.b;
    const bool bad = beyond && (d.b > d.a) == info.lower_is_better;
    worse += bad ? 1 : 0;
    changed += beyond ? 1 : 0;
    if (!beyond && !o.all) continue;
    const std::string change = d.overlap ? "~" : fmt::format("{:+.2f} %", d.percent());
    table.push_back({d.point, d.metric, show_number(d.a, info.unit), show_number(d.b, info.unit),
                     !beyond ? change
                     : bad   ? paint.red(change)
                             : paint.green(change)});
  }
  if (table.size() > 1) session.say(table_text(table, paint, "llr"));
  session.say(fmt::format("{} values compared, {} beyond {} %, {} of them worse", all.size(),
                          changed, o.threshold, worse));
  return worse;
}

Outcome compare(const Options& o, Session& session) {
  for (const std::string& metric : o.metrics) {
    if (find_metric(metric) == nullptr) {
      return Failure{Error{ErrorCode::kUsage, "--metric " + metric, "no such metric",
                           "see `disco info metrics`"}};
    }
  }
  std::vector<RunData> runs;
  for (const std::string& word : {o.a, o.b}) {
    const auto path = find_run(o.root, word);
    if (!path) return Failure{path.error()};
    auto run = load_run(*path);
    if (!run) return Failure{run.error()};
    runs.push_back(std::move(*run));
  }
  const auto all = differences(runs[0], runs[1], o.metrics);
  if (all.empty()) {
    return Failure{Error{ErrorCode::kInput, o.a + ", " + o.b, "the runs have no point in common",
                         "points are matched by their labels"}};
  }
  const std::size_t worse = print(session, all, o);
  const bool same_config =
      runs[0].manifest.value("config_hash", "a") == runs[1].manifest.value("config_hash", "b");
  const bool same_digest =
      runs[0].manifest.value("digest", "a") == runs[1].manifest.value("digest", "b");
  session.say(fmt::format("configurations: {}; digests: {}", same_config ? "equal" : "different",
                          same_digest ? "equal" : "different"));
  const int code = o.fail_on_regress && worse > 0 ? static_cast<int>(ErrorCode::kExpectation) : 0;
  Json list = Json::array();
  for (const Difference& d : all) {
    list.push_back({{"point", d.point},
                    {"metric", d.metric},
                    {"a", d.a},
                    {"b", d.b},
                    {"percent", d.percent()},
                    {"overlap", d.overlap}});
  }
  session.emit({{"a", runs[0].path.string()},
                {"b", runs[1].path.string()},
                {"same_config", same_config},
                {"same_digest", same_digest},
                {"worse", worse},
                {"differences", list},
                {"exit_code", code}});
  return code;
}

}  // namespace

void add_compare(CommandLine& line) {
  const auto o = std::make_shared<Options>();
  CLI::App* verb = line.add_verb("compare", "set two runs side by side",
                                 [o](Session& session) { return compare(*o, session); });
  verb->add_option("a", o->a, "run directory or experiment")->required()->type_name("A");
  verb->add_option("b", o->b, "the other one")->required()->type_name("B");
  verb->add_option("--metric", o->metrics, "what to compare; may be repeated")
      ->type_name("NAME")
      ->expected(1)
      ->take_all();
  verb->add_option("--threshold", o->threshold, "show changes above this many per cent")
      ->type_name("PERCENT")
      ->capture_default_str();
  verb->add_flag("--all", o->all, "show what did not change, too");
  verb->add_flag("--fail-on-regress", o->fail_on_regress, "exit with 1 if something got worse");
  verb->add_option("-o,--out", o->root, "where run directories are")
      ->type_name("DIR")
      ->capture_default_str();
}

}  // namespace cli::verbs
