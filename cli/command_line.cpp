#include "cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <new>
#include <nlohmann/json.hpp>

#include "config/schema/suggest.hpp"
#include "lab/points/interrupt.hpp"
#include "lab/points/version.hpp"

namespace cli {
namespace {

const std::map<std::string, Choice> kChoices = {
    {"auto", Choice::kAuto}, {"always", Choice::kAlways}, {"never", Choice::kNever}};
const std::map<std::string, ProgressStyle> kProgressStyles = {{"auto", ProgressStyle::kAuto},
                                                              {"bar", ProgressStyle::kBar},
                                                              {"lines", ProgressStyle::kLines},
                                                              {"none", ProgressStyle::kNone}};

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

// What verbs read is checked as far as it decides anything; a file that somebody edited can still
// lack what the program once wrote into it. Nothing else that throws is expected.
Outcome guarded(const Action& action, Session& session) {
  try {
    return action(session);
  } catch (const Json::exception& e) {
    return Failure{
        Error{ErrorCode::kInput, "run directory",
              std::string{"a JSON file there is not what this program wrote: "} + e.what(), ""}};
  } catch (const std::bad_alloc&) {
    return Failure{Error{ErrorCode::kInput, "", "the host's memory does not suffice for this",
                         "give it smaller inputs or a smaller machine; see also ulimit -v"}};
  } catch (const std::exception& e) {
    return Failure{Error{ErrorCode::kInternal, "", e.what(), "please report this"}};
  }
}

// A mistyped option explains its value, not the other way round. CLI11 lists the last word first.
std::string first_unexpected(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (word.starts_with('-')) return word;
  }
  return words.empty() ? "" : words.back();
}

// CLI11's messages name an option as its author called it and an action as its code does.
std::string in_our_words(const CLI::ParseError& error, const CLI::App& app) {
  const std::string what = error.what();
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    const CLI::Option* option = app.get_option_no_throw(what.substr(0, what.find(' ')));
    if (option != nullptr)
      return "missing " + option->get_name() + ": " + option->get_description();
  }
  const std::string prefix = "Could not convert: ";
  const std::size_t equals = what.find(" = ");
  if (what.starts_with(prefix) && equals != std::string::npos) {
    return fmt::format("{}: \"{}\" is not a number that it takes",
                       what.substr(prefix.size(), equals - prefix.size()), what.substr(equals + 3));
  }
  return what;
}

}  // namespace

class CommandLine::Tree {
 public:
  Tree();

  Verb add_verb(const std::string& name, const std::string& what, Action action, ExitCodes codes);
  void pass_words(Verb verb) { passes_words_ = verb.app(); }
  const std::vector<std::string>& words() const { return words_; }
  int run(int argc, const char* const* argv);

 private:
  struct Known {
    CLI::App* app;
    Action action;
    ExitCodes codes;
  };
  int usage_error(const CLI::ParseError& error) const;
  /// The command line with the words of pass_words() behind a "--".
  std::vector<std::string> arranged() const;
  std::vector<std::string> rest_as_arguments(const std::vector<std::string>& all) const;
  /// --help and --version end parsing: --json may come behind them.
  bool wants_json() const;
  std::string help_text() const;
  /// --help and --version: prints one or the other and gives the exit code.
  int answer_at_once(const std::string& text, const Json& json) const;
  std::string suggestion_for(const std::string& unexpected) const;

  CLI::App app_;
  Globals globals_;
  std::vector<Known> verbs_;
  std::vector<std::string> words_;
  const CLI::App* passes_words_ = nullptr;
};

CommandLine::CommandLine() : tree_{std::make_unique<Tree>()} {}
CommandLine::~CommandLine() = default;

Verb CommandLine::add_verb(const std::string& name, const std::string& what, Action action,
                           ExitCodes codes) {
  return tree_->add_verb(name, what, std::move(action), codes);
}

void CommandLine::pass_words(Verb verb) { tree_->pass_words(verb); }

const std::vector<std::string>& CommandLine::words() const { return tree_->words(); }

int CommandLine::run(int argc, const char* const* argv) { return tree_->run(argc, argv); }

CommandLine::Tree::Tree()
    : app_{
          "An R10000/FLASH machine, the Disco virtual machine monitor on it, and a laboratory "
          "around "
          "both.",
          "disco"} {
  app_.require_subcommand(1);
  app_.fallthrough();
  app_.set_version_flag("--version", lab::version_line());
  app_.add_flag("--json", globals_.json,
                "answer in JSON on stdout; everything for people on stderr");
  app_.add_flag("-q,--quiet", globals_.quiet,
                "no remarks and no progress: the answer, warnings and errors only");
  app_.add_flag("-v,--verbose", globals_.verbosity, "say more");
  app_.add_option("--color", globals_.color, "auto, always or never (NO_COLOR and TERM=dumb count)")
      ->transform(CLI::CheckedTransformer(kChoices).description(""))
      ->type_name("WHEN");
  app_.add_option("--progress", globals_.progress, "auto, bar, lines (one every 10 s) or none")
      ->transform(CLI::CheckedTransformer(kProgressStyles).description(""))
      ->type_name("HOW");
  app_.footer(
      "Exit codes: 0 done, 1 an expectation failed, 2 usage, 3 configuration, 4 input file,\n"
      "5 guest failed, 6 divergence, 7 limit reached, 70 internal, 130 interrupted.");
}

Verb CommandLine::Tree::add_verb(const std::string& name, const std::string& what, Action action,
                                 ExitCodes codes) {
  CLI::App* verb = app_.add_subcommand(name, what);
  verbs_.push_back({verb, std::move(action), codes});
  return Verb{verb};
}

int CommandLine::Tree::run(int argc, const char* const* argv) {
  words_.assign(argv, argv + argc);
  lab::survive_failed_writes();
  try {
    std::vector<std::string> arguments = arranged();
    std::reverse(arguments.begin(), arguments.end());  // as parse() wants them
    app_.parse(std::move(arguments));
  } catch (const CLI::CallForHelp& e) {
    return answer_at_once(help_text(), {{"help", help_text()}});
  } catch (const CLI::CallForVersion& e) {
    return answer_at_once(lab::version_line() + "\n", lab::version_json());
  } catch (const CLI::ParseError& e) {
    return usage_error(e);
  }
  Session session{globals_};
  for (const Known& verb : verbs_) {
    if (!verb.app->parsed()) continue;
    Outcome outcome = guarded(verb.action, session);
    if (outcome) {
      const auto flushed = session.flush();
      if (flushed) return *outcome;
      outcome = Failure{flushed.error()};
    }
    const int code = exit_code_of(outcome.error(), verb.codes);
    session.error(outcome.error());
    session.emit({{"error", outcome.error().message()}, {"exit_code", code}});
    return code;
  }
  return exit_code_of({ErrorCode::kInternal, "", "no verb was chosen", ""}, ExitCodes::kTable);
}

// Words behind "--" are a program's arguments, for verbs that start one: whatever they begin with.
std::vector<std::string> CommandLine::Tree::rest_as_arguments(
    const std::vector<std::string>& all) const {
  const auto dashes = std::find(all.begin(), all.end(), "--");
  const bool starts_program = std::any_of(verbs_.begin(), verbs_.end(), [&](const Known& verb) {
    return verb.app->get_option_no_throw("--args") != nullptr &&
           std::find(all.begin(), dashes, verb.app->get_name()) != dashes;
  });
  if (dashes == all.end() || !starts_program) return all;
  std::vector<std::string> result{all.begin(), dashes};
  for (auto word = dashes + 1; word != all.end(); ++word) {
    if (word->empty()) {
      result.insert(result.end(), {"--args", ""});
    } else {
      result.push_back("--args=" + *word);
    }
  }
  return result;
}

std::vector<std::string> CommandLine::Tree::arranged() const {
  const std::vector<std::string> all{words_.begin() + (words_.empty() ? 0 : 1), words_.end()};
  const auto verb = std::find_if(all.begin(), all.end(),
                                 [](const std::string& word) { return !word.starts_with('-'); });
  if (passes_words_ == nullptr || verb == all.end() || *verb != passes_words_->get_name())
    return rest_as_arguments(all);
  std::vector<std::string> own{all.begin(), verb + 1}, passed;
  for (auto word = verb + 1; word != all.end(); ++word) {
    const std::string name = word->substr(0, word->find('='));
    const CLI::Option* option = app_.get_option_no_throw(name);
    if (option == nullptr && name.starts_with("--"))
      option = passes_words_->get_option_no_throw(name);
    if (option == nullptr || name.size() < 2) {
      passed.push_back(*word);
      continue;
    }
    own.push_back(*word);
    const bool takes_next = option->get_items_expected_max() > 0 && name.size() == word->size();
    if (takes_next && word + 1 != all.end()) own.push_back(*++word);
  }
  if (!passed.empty()) own.emplace_back("--");
  own.insert(own.end(), passed.begin(), passed.end());
  return own;
}

int CommandLine::Tree::answer_at_once(const std::string& text, const Json& json) const {
  Session session{Globals{.json = wants_json()}};
  if (!wants_json()) session.write(stdout, text);
  session.emit(json);
  const auto flushed = session.flush();
  if (flushed) return 0;
  session.error(flushed.error());
  return exit_code_of(flushed.error(), ExitCodes::kTable);
}

bool CommandLine::Tree::wants_json() const {
  return std::find(words_.begin(), words_.end(), "--json") != words_.end();
}

std::string CommandLine::Tree::help_text() const {
  return app_.help();  // of the verb, where there is one
}

int CommandLine::Tree::usage_error(const CLI::ParseError& error) const {
  std::string help = "disco --help";
  ExitCodes codes = ExitCodes::kTable;
  const CLI::App* app = &app_;
  for (const Known& verb : verbs_) {
    if (!verb.app->parsed()) continue;
    help = "disco " + verb.app->get_name() + " --help";
    codes = verb.codes;
    app = verb.app;
  }
  std::string what = in_our_words(error, *app);
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    const std::string word = first_unexpected(app_.remaining(true));
    what = "unexpected \"" + word + "\"" + suggestion_for(word);
  } else if (app_.get_subcommands().empty()) {
    const auto rest = app_.remaining(true);
    if (rest.empty() && dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
      what = "say what to do";
    } else if (!rest.empty()) {
      what = "unknown verb \"" + rest.front() + "\"" + suggestion_for(rest.front());
    }
  }
  Session session{globals_};
  const Error usage{ErrorCode::kUsage, "", what, "see `" + help + "`"};
  session.error(usage);
  const int code = exit_code_of(usage, codes);
  session.emit({{"error", usage.message()}, {"exit_code", code}});
  return code;
}

std::string CommandLine::Tree::suggestion_for(const std::string& unexpected) const {
  std::vector<std::string> known = option_names(app_);
  bool in_verb = false;
  for (const Known& verb : verbs_) {
    if (!verb.app->parsed()) continue;
    in_verb = true;
    const auto own = option_names(*verb.app);
    known.insert(known.begin(), own.begin(), own.end());
  }
  if (!in_verb) {
    for (const Known& verb : verbs_) known.push_back(verb.app->get_name());
  }
  return config::did_you_mean(unexpected.substr(0, unexpected.find('=')), known);
}

int exit_code_of(const Error& error, ExitCodes codes) {
  const int code = static_cast<int>(error.code);
  // 130 is what a shell makes of a program ended by SIGINT, and 170 would say nothing.
  if (codes == ExitCodes::kTable || error.code == ErrorCode::kInterrupted) return code;
  return 100 + code;
}

}  // namespace cli
