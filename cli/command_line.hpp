// The one option tree. Each verb adds its subcommand and its own options to it and leaves behind
// what to do; parsing chooses one.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cli/session.hpp"
#include "cli/verb.hpp"
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
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  /// The new subcommand; `action` runs when it was chosen.
  Verb add_verb(const std::string& name, const std::string& what, Action action,
                ExitCodes codes = ExitCodes::kTable);

  /// Words of `verb` that are no long option of it and no option of all verbs are its positional
  /// arguments, whatever they begin with.
  void pass_words(Verb verb);

  /// The words of the command line, the program's name first. For manifests; valid while an action
  /// runs.
  const std::vector<std::string>& words() const;

  /// Parses, runs the chosen verb and returns the exit code.
  int run(int argc, const char* const* argv);

 private:
  class Tree;
  std::unique_ptr<Tree> tree_;
};

int exit_code_of(const Error& error, ExitCodes codes);

}  // namespace cli
