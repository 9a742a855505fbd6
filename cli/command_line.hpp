// The one option tree. Each verb adds its subcommand and its own options to it and leaves behind
// what to do; parsing chooses one.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cli/session.hpp"
#include "common/error.hpp"
#include "common/result.hpp"

namespace cli {
using namespace common;

/// The program's exit code, or the error that decides it.
using Outcome = Result<int, Error>;
using Action = std::function<Outcome(Session&)>;

/// How an error's code becomes the exit code: `boot` adds 100, for below that the guest speaks.
enum class ExitCodes : std::uint8_t { kTable, kTablePlus100 };

class CommandLine {
 public:
  CommandLine();

  /// The new subcommand; `action` runs when it was chosen.
  CLI::App* add_verb(const std::string& name, const std::string& what, Action action,
                     ExitCodes codes = ExitCodes::kTable);

  /// Words of `verb` that are no long option of it and no option of all verbs are its positional
  /// arguments, whatever they begin with.
  void pass_words(const CLI::App* verb) { passes_words_ = verb; }

  /// The words of the command line, the program's name first. For manifests; valid while an action
  /// runs.
  const std::vector<std::string>& words() const { return words_; }

  /// Parses, runs the chosen verb and returns the exit code.
  int run(int argc, const char* const* argv);

 private:
  struct Verb {
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
  std::vector<Verb> verbs_;
  std::vector<std::string> words_;
  const CLI::App* passes_words_ = nullptr;
};

int exit_code_of(const Error& error, ExitCodes codes);

}  // namespace cli
