// disco check EXPERIMENT: everything that is wrong with it, and nothing is run.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/experiment_options.hpp"
#include "cli/verbs/verbs.hpp"
#include "lab/points/prepare_point.hpp"

namespace cli::verbs {
namespace {

Outcome refuse(Session& session, const std::vector<std::pair<Error, std::size_t>>& wrong) {
  Json list = Json::array();
  for (const auto& [error, more] : wrong) {
    const std::string others = more == 0 ? "" : fmt::format(" ({} more)", count_of(more, "point"));
    if (wrong.size() > 1) session.warn(error.message() + others);
    list.push_back({{"where", error.where}, {"what", error.what}, {"more_points", more}});
  }
  const auto& [first, more] = wrong.front();
  const int code = static_cast<int>(first.code);
  session.emit({{"errors", list}, {"exit_code", code}});
  if (wrong.size() > 1) {
    return Failure{
        Error{first.code, "", fmt::format("{} errors; nothing would be run", wrong.size()), ""}};
  }
  Error error = first;
  if (more != 0) error.what += fmt::format(" (so in {} more)", count_of(more, "point"));
  return Failure{error};
}

Outcome check(const ExperimentOptions& o, Session& session) {
  const auto loaded = load_experiment(session, o);
  if (!loaded) return Failure{loaded.error()};
  const config::Experiment& e = loaded->experiment;
  // Every point that could not run, those with the same trouble once.
  std::vector<std::pair<Error, std::size_t>> wrong;
  config::StartChecks starts;
  for (const config::Point& point : e.points) {
    const auto prepared = lab::prepare_point(e, point, loaded->locations, starts);
    if (prepared) continue;
    const auto same = std::find_if(wrong.begin(), wrong.end(), [&prepared](const auto& one) {
      return one.first.what == prepared.error().what;
    });
    if (same != wrong.end()) {
      ++same->second;
    } else {
      wrong.emplace_back(prepared.error(), 0);
    }
  }
  if (!wrong.empty()) return refuse(session, wrong);
  session.say(fmt::format("{}: {} is right: {}{}, configuration {}", e.source_name, e.name,
                          count_of(e.points.size(), "point"),
                          e.repeats == 1 ? "" : ", each " + count_of(e.repeats, "time"),
                          e.hash().substr(0, 12)));
  session.emit({{"experiment", e.name},
                {"errors", Json::array()},
                {"warnings", e.warnings},
                {"notes", e.notes},
                {"points", e.points.size()},
                {"repeats", e.repeats},
                {"hash", e.hash()},
                {"resolved", e.resolved()}});
  return 0;
}

}  // namespace

void add_check(CommandLine& line) {
  const auto o = std::make_shared<ExperimentOptions>();
  Verb verb = line.add_verb("check", "say everything that is wrong with an experiment",
                            [o](Session& session) { return check(*o, session); });
  add_experiment_options(verb, *o);
}

}  // namespace cli::verbs
