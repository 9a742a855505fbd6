#include "cli/experiment_options.hpp"

#include <nlohmann/json.hpp>
#include <set>

#include "config/schema/largest_seed.hpp"
#include "machine/loaders/load_file.hpp"
#include "measure/metrics.hpp"

namespace cli {
namespace {

// To show lines of; what could not be read has none.
std::string text_of(const std::filesystem::path& path) {
  constexpr std::uint64_t kLargest = 16 << 20;
  const auto text = machine::read_text(path.string(), kLargest);
  return text ? *text : "";
}

// The texts that --set gives: paths among them are meant from where the program was started.
std::set<std::string> typed_values(const config::Experiment& experiment) {
  std::set<std::string> typed;
  for (const auto& [path, origin] : experiment.origins) {
    const auto at = experiment.values.find(path);
    if (origin != "--set" || at == experiment.values.end()) continue;
    const config::SortedJson& value = at->second;
    if (value.is_string()) typed.insert(value.get<std::string>());
    if (!value.is_array()) continue;
    for (const config::SortedJson& one : value) {
      if (one.is_string()) typed.insert(one.get<std::string>());
    }
  }
  return typed;
}

// "error:" stands out; the rest is the file's own text.
std::string painted(const Paint& paint, std::string text) {
  const std::string word = "error:";
  const std::size_t at = text.find(word);
  if (at != std::string::npos) text.replace(at, word.size(), paint.red(word));
  return text;
}

}  // namespace

void add_experiment_options(Verb verb, ExperimentOptions& o) {
  verb.option("experiment", o.experiment,
              "a Lua file, a config.resolved.json, or @name of a shipped one")
      .required()
      .type_name("FILE|@NAME");
  verb.option("--set", o.set, "change one value: machine.clock=200MHz; may be repeated")
      .type_name("PATH=VALUE")
      .repeats();
  verb.option("--only", o.only, "only these values of a dimension: system=native,l2tlb")
      .type_name("DIMENSION=VALUE,...")
      .repeats();
  verb.option("--seed", o.seed, "seed of the run and of the file's math.random")
      .whole_number(config::kLargestSeed)
      .type_name("N");
}

Result<lab::LoadedExperiment, Error> load_experiment(Session& session, const ExperimentOptions& o) {
  config::Locations locations = config::Locations::of_program();
  const auto path = locations.experiment(o.experiment);
  if (!path) return Failure{path.error()};
  // What a run kept beside its resolved configuration stands in for files that have gone.
  if (path->extension() == ".json") locations.add_inputs(path->parent_path() / "inputs");
  const auto loaded =
      config::load_file(path->string(), {o.set, o.seed, o.only, measure::metric_names()});
  if (loaded) {
    for (const std::string& note : loaded->notes) session.note("disco: note: " + note);
    for (const std::string& warning : loaded->warnings) session.warn(warning);
    for (const std::string& that : loaded->not_asked)
      session.detail("disco: note: not asked: " + that);
    if (!loaded->not_asked.empty()) {
      session.note(fmt::format(
          "disco: note: {} of the experiment's expectations are about points that are left out",
          loaded->not_asked.size()));
    }
    locations.add_experiment(path->parent_path(), typed_values(*loaded));
    return lab::LoadedExperiment{*loaded, locations};
  }
  const std::string source = text_of(*path);
  const auto& all = loaded.error().all;
  for (const config::Diagnostic& one : all) {
    session.write(stderr, painted(session.error_paint(), config::render(one, source)) + "\n");
  }
  Json list = Json::array();
  for (const config::Diagnostic& one : all) {
    list.push_back({{"where", one.where},
                    {"line", one.place.line},
                    {"column", one.place.column},
                    {"path", one.path},
                    {"what", one.what}});
  }
  session.emit({{"errors", list}, {"exit_code", static_cast<int>(loaded.error().code)}});
  return Failure{Error{
      loaded.error().code, "",
      fmt::format("{} error{}; nothing was run", all.size(), all.size() == 1 ? "" : "s"), ""}};
}

}  // namespace cli
