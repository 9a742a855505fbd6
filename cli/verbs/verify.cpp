// disco verify EXPERIMENT: everything twice, in fresh processes and directories; digests must be
// equal.
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/experiment_options.hpp"
#include "cli/progress.hpp"
#include "cli/verbs/verbs.hpp"
#include "lab/data/run_data.hpp"
#include "lab/points/interrupt.hpp"
#include "lab/run_experiment.hpp"

namespace cli::verbs {
namespace {

struct Options {
  ExperimentOptions experiment;
  std::string out = "runs";
  unsigned jobs = 0;
};

Outcome verify(const Options& o, Session& session, const std::vector<std::string>& command) {
  lab::outlive_readers();
  const auto loaded = load_experiment(session, o.experiment);
  if (!loaded) return Failure{loaded.error()};
  std::vector<Json> manifests;
  for (int round = 0; round < 2; ++round) {
    lab::RunOptions options;
    options.root = o.out;
    options.jobs = o.jobs;
    options.command = command;
    Progress progress{session};
    const auto finished = run_experiment(session, progress, *loaded, options);
    if (!finished) return Failure{finished.error()};
    // A guest that fails the same way twice is still reproducible.
    if (finished->exit_code == 130 || finished->exit_code == 70 || finished->exit_code == 4) {
      return Failure{Error{static_cast<ErrorCode>(finished->exit_code),
                           finished->directory.string(), "is not complete: nothing was compared",
                           ""}};
    }
    auto manifest = lab::read_json(finished->directory / "manifest.json");
    if (!manifest) return Failure{manifest.error()};
    manifests.push_back(std::move(*manifest));
  }
  Json differing = Json::array();
  for (std::size_t i = 0; i < manifests[0].at("points").size(); ++i) {
    const Json &a = manifests[0].at("points")[i], &b = manifests[1].at("points")[i];
    // A point whose limit came while its digest was computed has none.
    if (!a.value("digest", "").empty() && a.value("digest", "") == b.value("digest", "?") &&
        a.value("instructions", 0) == b.value("instructions", 1))
      continue;
    differing.push_back(a["point"]);
    session.say(fmt::format("{}: digest {} the first time, {} the second", a.value("point", ""),
                            a.value("digest", "none"), b.value("digest", "none")));
  }
  const bool equal = differing.empty();
  const std::string digest = manifests[0].value("digest", "");
  session.emit({{"equal", equal},
                {"digest", digest},
                {"differing", differing},
                {"exit_code", equal ? 0 : 6}});
  if (!equal)
    return Failure{Error{ErrorCode::kDivergence, "",
                         fmt::format("{} runs came out differently", differing.size()), ""}};
  session.say(fmt::format("{} runs, twice: all digests equal ({})",
                          manifests[0].at("points").size(), digest.substr(0, 16)));
  return 0;
}

}  // namespace

void add_verify(CommandLine& line) {
  const auto o = std::make_shared<Options>();
  Verb verb =
      line.add_verb("verify", "run an experiment twice and compare the state digests",
                    [o, &line](Session& session) { return verify(*o, session, line.words()); });
  add_experiment_options(verb, o->experiment);
  verb.option("-j,--jobs", o->jobs, "points at a time").whole_number(0xffffffff).type_name("N");
  verb.option("-o,--out", o->out, "where run directories go").type_name("DIR").shows_default();
}

}  // namespace cli::verbs
