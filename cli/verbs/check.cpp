// disco check EXPERIMENT: everything that is wrong with it, and nothing is run.
#include "cli/experiment_options.hpp"
#include "cli/prepare_point.hpp"
#include "cli/verbs/verbs.hpp"

namespace cli::verbs {
namespace {

Outcome check(const ExperimentOptions& o, Session& session) {
  const auto loaded = load_experiment(session, o);
  if (!loaded) return Failure{loaded.error()};
  const config::Experiment& e = loaded->experiment;
  for (const config::Point& point : e.points) {
    const auto prepared = prepare_point(e, point, loaded->locations);
    if (!prepared) return Failure{prepared.error()};
  }
  session.say(fmt::format("{}: {} is right: {}{}, configuration {}", e.source_name, e.name,
                          count_of(e.points.size(), "point"),
                          e.repeats == 1 ? "" : ", each " + count_of(e.repeats, "time"),
                          e.hash().substr(0, 12)));
  session.emit({{"experiment", e.name},
                {"errors", Json::array()},
                {"points", e.points.size()},
                {"repeats", e.repeats},
                {"hash", e.hash()},
                {"resolved", e.resolved()}});
  return 0;
}

}  // namespace

void add_check(CommandLine& line) {
  const auto o = std::make_shared<ExperimentOptions>();
  CLI::App* verb = line.add_verb("check", "say everything that is wrong with an experiment",
                                 [o](Session& session) { return check(*o, session); });
  add_experiment_options(*verb, *o);
}

}  // namespace cli::verbs
