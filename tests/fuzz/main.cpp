// disco_fuzz SUBJECT --runs N --seed S [--only K]: mutated inputs for everything that reads what
// others wrote (docs/testing.md, "Fuzzing").
#include <CLI/CLI.hpp>

#include <string>

#include "common/units.hpp"
#include "tests/fuzz/runner.hpp"

int main(int argc, char** argv) {
  fuzz::RunOptions options;
  std::uint64_t only = 0;
  std::uint64_t growth_mb = 1024, leak_kb = 4096;
  std::string names;
  for (const fuzz::SubjectInfo& info : fuzz::subjects()) {
    names += "  " + std::string{info.name} + std::string(11 - std::string{info.name}.size(), ' ') +
             info.what + "\n";
  }
  CLI::App app{
      "Loads mutated inputs and checks that each is accepted or refused as "
      "documented.\n\nSubjects:\n" +
      names};
  app.add_option("subject", options.subject, "what is given the inputs")->required();
  app.add_option("--runs", options.runs, "inputs")->capture_default_str();
  app.add_option("--seed", options.seed, "of all random choices")->capture_default_str();
  auto* const only_option = app.add_option("--only", only, "load just this input of the run");
  app.add_option("--mutations", options.mutations, "apply at most so many mutations to an input");
  app.add_option("--dump", options.dump, "write the input of --only to this file")
      ->needs(only_option);
  app.add_option("--load", options.load, "load this file as it is")->excludes(only_option);
  app.add_option("--classes", options.classes, "kinds of outcome to list")->capture_default_str();
  app.add_option("--seconds", options.limits.seconds, "of the processor that an input may take")
      ->capture_default_str();
  app.add_option("--growth", growth_mb, "MB that the process may grow by")->capture_default_str();
  app.add_option("--leak", leak_kb, "KB that may stay on the heap")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  if (only_option->count() != 0) options.only = only;
  options.limits.growth = growth_mb * common::kMiB;
  options.limits.leak = leak_kb * common::kKiB;
  for (const fuzz::SubjectInfo& info : fuzz::subjects()) {
    if (options.subject == info.name) return fuzz::run(info, options);
  }
  return app.exit(
      CLI::ValidationError("subject", "\"" + options.subject + "\" is none of\n" + names));
}
