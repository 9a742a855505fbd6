// disco compare A B: the same points of two runs, metric by metric. The simulator is deterministic,
// so a difference is a difference: no significance is claimed for single runs; with repeats, ranges
// that overlap are marked "~".
#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/summary.hpp"
#include "cli/verbs/verbs.hpp"
#include "config/schema/schema.hpp"
#include "lab/data/judgement.hpp"
#include "lab/data/numbers.hpp"
#include "lab/data/run_data.hpp"
#include "lab/data/run_directory.hpp"
#include "lab/points/limits.hpp"
#include "measure/metrics.hpp"

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
  /// Nothing where there was nothing before: from 0 to 8 is no percentage.
  std::optional<double> percent() const {
    if (a == b) return 0;
    if (a == 0) return std::nullopt;
    return (b - a) / std::fabs(a) * 100;
  }
  bool is_beyond(double threshold) const {
    return a != b && !overlap && (!percent() || std::fabs(*percent()) > threshold);
  }
};

/// Points that cannot be compared, and why.
struct Odd {
  std::string point, what;
};

const lab::PointData* same_point(const lab::RunData& run, const lab::PointData& point) {
  config::Selector wanted;
  for (const auto& [name, label] : point.labels) wanted[name] = label;
  for (const lab::PointData& other : run.points) {
    if (other.labels.size() == point.labels.size() && other.matches(wanted)) return &other;
  }
  return nullptr;
}

// "in A: guest exit 67"
void tell_trouble(std::vector<Odd>& odd, const lab::PointData& point, const char* side) {
  if (const std::string trouble = point.trouble(); !trouble.empty())
    odd.push_back({point.name, fmt::format("in {}: {}", side, trouble)});
}

// Keys of the configuration, and what the kernels find themselves on.
void note_keys(std::map<std::string, std::pair<Json, Json>>& keys, const lab::PointData& a,
               const lab::PointData& b) {
  if (!a.results().is_object() || !b.results().is_object()) return;
  for (const char* part : {"values", "system"}) {
    const Json left = a.results().value(part, Json::object());
    const Json right = b.results().value(part, Json::object());
    for (const Json* side : {&left, &right}) {
      for (const auto& [path, value] : side->items()) {
        const Json own = left.value(path, Json{}), its = right.value(path, Json{});
        if (own != its && path != "seed") keys.emplace(path, std::pair{own, its});
      }
    }
  }
}

struct Compared {
  std::vector<Difference> differences;
  std::vector<Odd> odd;                               // in trouble, on either side
  std::vector<std::string> only_a, only_b;            // names of points
  std::map<std::string, std::pair<Json, Json>> keys;  // that differ between equal points
};

Compared differences(const lab::RunData& a, const lab::RunData& b,
                     const std::vector<std::string>& metrics) {
  Compared c;
  for (const lab::PointData& point : b.points) {
    if (same_point(a, point) != nullptr) continue;
    c.only_b.push_back(point.name);
    tell_trouble(c.odd, point, "B");
  }
  for (const lab::PointData& point : a.points) {
    const lab::PointData* const other = same_point(b, point);
    if (other == nullptr) {
      c.only_a.push_back(point.name);
      tell_trouble(c.odd, point, "A");
      continue;
    }
    tell_trouble(c.odd, point, "A");
    tell_trouble(c.odd, *other, "B");
    note_keys(c.keys, point, *other);
    for (const std::string& metric : metrics) {
      const auto left = a.metric(point, metric), right = b.metric(*other, metric);
      if (!left || !right) {
        if (left.has_value() != right.has_value() && point.is_sound() && other->is_sound())
          c.odd.push_back({point.name, fmt::format("{} is in {} only", metric, left ? "A" : "B")});
        continue;
      }
      const bool overlap = left->n > 1 && right->n > 1 && left->least <= right->greatest &&
                           right->least <= left->greatest;
      c.differences.push_back({point.name, metric, left->mean, right->mean, overlap});
    }
  }
  return c;
}

std::size_t print(Session& session, const std::vector<Difference>& all, const Options& o) {
  const Paint& paint = session.paint();
  std::vector<std::vector<std::string>> table = {{"point", "metric", "A", "B", "change"}};
  std::size_t worse = 0, changed = 0;
  for (const Difference& d : all) {
    const measure::MetricInfo& info = *measure::find_metric(d.metric);
    const bool beyond = d.is_beyond(o.threshold);
    const bool bad = beyond && (d.b > d.a) == info.lower_is_better;
    worse += bad ? 1 : 0;
    changed += beyond ? 1 : 0;
    if (!beyond && !o.all) continue;
    const std::string change = d.overlap      ? "~"
                               : !d.percent() ? "from 0"
                                              : fmt::format("{:+.2f} %", *d.percent());
    const auto [left, right] = lab::show_apart(d.a, d.b, info.unit);
    table.push_back({d.point, d.metric, left, right,
                     !beyond ? change
                     : bad   ? paint.red(change)
                             : paint.green(change)});
  }
  if (table.size() > 1) session.say(table_text(table, paint, "llr"));
  session.say(fmt::format("{} values compared, {} beyond {} %, {} of them worse", all.size(),
                          changed, o.threshold, worse));
  return worse;
}

void print_list(Session& session, const std::string& title, const std::vector<std::string>& list) {
  constexpr std::size_t kMost = 12;
  if (list.empty()) return;
  session.say(title);
  for (std::size_t i = 0; i < std::min(list.size(), kMost); ++i) session.say("  " + list[i]);
  if (list.size() > kMost) session.say(fmt::format("  ... and {} more", list.size() - kMost));
}

std::string written(const std::string& path, const Json& value) {
  const config::ParameterRow* const row = config::find_row(path);
  if (value.is_null()) return "none";
  return row == nullptr ? value.dump() : config::write_value(*row, value);
}

// What makes the two runs two, besides what they measured.
void print_context(Session& session, const Compared& c) {
  std::vector<std::string> keys;
  for (const auto& [path, values] : c.keys) {
    keys.push_back(fmt::format("{}: {} in A, {} in B", path, written(path, values.first),
                               written(path, values.second)));
  }
  print_list(session, "what differs in the configuration of equal points:", keys);
  print_list(session, "only in A:", c.only_a);
  print_list(session, "only in B:", c.only_b);
  for (const Odd& one : c.odd)
    session.warn(fmt::format("{} is not compared, {}", one.point, one.what));
}

// Of points in trouble, as `report` would have it; what was measured on one side only is none.
int trouble_code(const std::vector<lab::RunData>& runs) {
  const int expectation = static_cast<int>(ErrorCode::kExpectation);
  for (const lab::RunData& run : runs) {
    if (const int code = judgement(run); code > expectation) return code;
  }
  return 0;
}

Outcome compare(const Options& o, Session& session) {
  for (const std::string& metric : o.metrics) {
    if (measure::find_metric(metric) == nullptr) {
      return Failure{Error{ErrorCode::kUsage, "--metric " + metric, "no such metric",
                           "see `disco info metrics`"}};
    }
  }
  std::vector<lab::RunData> runs;
  for (const std::string& word : {o.a, o.b}) {
    const auto path = lab::find_run(o.root, word);
    if (!path) return Failure{path.error()};
    auto run = lab::load_run(*path);
    if (!run) return Failure{run.error()};
    runs.push_back(std::move(*run));
  }
  const Compared c = differences(runs[0], runs[1], o.metrics);
  const auto& all = c.differences;
  if (c.only_a.size() == runs[0].points.size()) {
    return Failure{Error{ErrorCode::kInput, o.a + ", " + o.b, "the runs have no point in common",
                         "points are matched by their labels"}};
  }
  const std::size_t worse = print(session, all, o);
  print_context(session, c);
  const bool same_config =
      runs[0].manifest.value("config_hash", "a") == runs[1].manifest.value("config_hash", "b");
  const bool same_digest =
      runs[0].manifest.value("digest", "a") == runs[1].manifest.value("digest", "b");
  session.say(fmt::format("configurations: {}; digests: {}", same_config ? "equal" : "different",
                          same_digest ? "equal" : "different"));
  // What failed or is missing was not compared: no answer about it is a good one.
  int code = trouble_code(runs);
  if (code == 0 && o.fail_on_regress && worse > 0) code = static_cast<int>(ErrorCode::kExpectation);
  Json list = Json::array();
  for (const Difference& d : all) {
    list.push_back({{"point", d.point},
                    {"metric", d.metric},
                    {"a", d.a},
                    {"b", d.b},
                    {"percent", d.percent() ? Json(*d.percent()) : Json{}},
                    {"overlap", d.overlap}});
  }
  Json odd = Json::array(), keys = Json::object();
  for (const Odd& one : c.odd) odd.push_back({{"point", one.point}, {"what", one.what}});
  for (const auto& [path, values] : c.keys) keys[path] = {values.first, values.second};
  session.emit({{"a", runs[0].path.string()},
                {"b", runs[1].path.string()},
                {"same_config", same_config},
                {"same_digest", same_digest},
                {"worse", worse},
                {"differences", list},
                {"keys", keys},
                {"not_compared", odd},
                {"only_a", c.only_a},
                {"only_b", c.only_b},
                {"exit_code", code}});
  return code;
}

}  // namespace

void add_compare(CommandLine& line) {
  const auto o = std::make_shared<Options>();
  Verb verb = line.add_verb("compare", "set two runs side by side",
                            [o](Session& session) { return compare(*o, session); });
  verb.option("a", o->a, "run directory or experiment").required().type_name("A");
  verb.option("b", o->b, "the other one").required().type_name("B");
  verb.option("--metric", o->metrics, "what to compare; may be repeated")
      .type_name("NAME")
      .repeats();
  verb.option("--threshold", o->threshold, "show changes above this many per cent")
      .type_name("PERCENT")
      .shows_default();
  verb.flag("--all", o->all, "show what did not change, too");
  verb.flag("--fail-on-regress", o->fail_on_regress, "exit with 1 if something got worse");
  verb.option("-o,--out", o->root, "where run directories are").type_name("DIR").shows_default();
}

}  // namespace cli::verbs
