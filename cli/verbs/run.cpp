// disco run EXPERIMENT: every point of its sweep, a run directory, a report.
#include "lab/points/interrupt.hpp"

#include <nlohmann/json.hpp>
#include "cli/experiment_options.hpp"
#include "cli/progress.hpp"
#include "cli/summary.hpp"
#include "cli/verbs/verbs.hpp"
#include "lab/data/run_data.hpp"
#include "lab/points/limits.hpp"
#include "lab/run_experiment.hpp"

namespace cli::verbs {
namespace {

struct Options {
  ExperimentOptions experiment;
  std::string out = "runs", limit, resume;
  unsigned jobs = 0;
  bool dry_run = false;
};

int plan(Session& session, const lab::LoadedExperiment& loaded) {
  const config::Experiment& e = loaded.experiment;
  std::vector<std::vector<std::string>> table = {{"point", "hash"}};
  Json points = Json::array();
  for (const config::Point& point : e.points) {
    table.push_back({point.name(), point.hash().substr(0, 12)});
    points.push_back({{"point", point.name()}, {"hash", point.hash()}, {"values", point.values}});
  }
  session.say(table_text(table, session.paint()));
  session.say(fmt::format("{}{}; configuration {}", count_of(e.points.size(), "point"),
                          e.repeats == 1 ? "" : ", each " + count_of(e.repeats, "time"),
                          e.hash().substr(0, 12)));
  session.emit(
      {{"experiment", e.name}, {"hash", e.hash()}, {"repeats", e.repeats}, {"points", points}});
  return 0;
}

Outcome run(const Options& o, Session& session, const std::vector<std::string>& command) {
  lab::outlive_readers();
  lab::RunOptions options;
  options.root = o.out;
  options.jobs = o.jobs;
  options.resume = o.resume;
  options.command = command;
  if (!o.limit.empty()) {
    const auto limits = lab::parse_limits(o.limit);
    if (!limits) return Failure{limits.error()};
    if (limits->guest.cycles != Cycles::never()) {
      return Failure{Error{ErrorCode::kUsage, "--limit",
                           "an experiment is limited by instructions or host time",
                           "2Ginsn, 10min"}};
    }
    options.host_seconds = limits->host_seconds;
    if (limits->guest.instructions != ~std::uint64_t{0})
      options.instructions = limits->guest.instructions;
  }
  const auto loaded = load_experiment(session, o.experiment);
  if (!loaded) return Failure{loaded.error()};
  if (o.dry_run) return plan(session, *loaded);
  Progress progress{session};
  const auto finished = run_experiment(session, progress, *loaded, options);
  if (!finished) return Failure{finished.error()};
  const auto data = lab::load_run(finished->directory);
  if (!data) return Failure{data.error()};
  // The answer is in the run directory; what is shown of it here is a remark.
  if (!session.globals().quiet) {
    print_summary(session, *data);
    session.say("report: " + (finished->directory / "report.html").string());
  }
  Json answer = summary_json(*data);
  answer["report"] = (finished->directory / "report.html").string();
  answer["exit_code"] = finished->exit_code;
  session.emit(answer);
  return finished->exit_code;
}

}  // namespace

void add_run(CommandLine& line) {
  const auto o = std::make_shared<Options>();
  Verb verb =
      line.add_verb("run", "run an experiment and report on it",
                    [o, &line](Session& session) { return run(*o, session, line.words()); });
  add_experiment_options(verb, o->experiment);
  verb.option("-j,--jobs", o->jobs, "points at a time (default: one for each host CPU)")
      .whole_number(0xffffffff)
      .type_name("N");
  verb.option("-o,--out", o->out, "where run directories go").type_name("DIR").shows_default();
  verb.option("--limit", o->limit, "stop each point after 2Ginsn or 10min of host time")
      .type_name("LIMIT");
  verb.option("--resume", o->resume, "go on with an interrupted run: its directory, or latest")
      .type_name("RUN");
  verb.flag("--dry-run", o->dry_run, "show the points and stop");
}

}  // namespace cli::verbs
