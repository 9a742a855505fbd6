// What is typed at the guest's console: this program's standard input. At a terminal keys go to the
// guest as they are pressed, Ctrl-C too once it listens; Ctrl-] is what Ctrl-C was, unless somebody
// else gives it a meaning. A file or pipe
// is given line by line, each when the guest has nothing to do.
#pragma once

#include <chrono>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>

namespace cli {

class ConsoleInput {
 public:
  /// What the guest sees of the end of standard input: the far end of its serial line hangs up, or,
  /// for a guest that does not look at that, the last line is ended and Ctrl-D is typed when it has
  /// nothing to do, again and again after longer and longer sleeps: what sleeps is not what reads.
  enum class End { kHangUp, kCtrlD };

  /// What Ctrl-] is at a terminal: the key that ends the run, or one like all others.
  enum class Bracket { kEndsRun, kIsAKey };

  /// `out` is where the guest's console goes: a prompt must be seen before it is answered.
  /// `takes_input` says whether the guest would hear of a key.
  ConsoleInput(std::FILE* out, End end, Bracket bracket, std::function<bool()> takes_input);
  ~ConsoleInput();
  ConsoleInput(const ConsoleInput&) = delete;
  ConsoleInput& operator=(const ConsoleInput&) = delete;

  /// Gives the next keys, as machine::Machine::InputSource says.
  std::optional<std::string> next(std::chrono::nanoseconds idle);
  bool is_terminal() const { return is_terminal_; }

 private:
  /// How often Ctrl-D is typed at a guest that goes on.
  static constexpr int kMostEnds = 64;

  std::optional<std::string> next_end(std::chrono::nanoseconds idle);
  void interrupt_unless_heard();
  std::string take_line();

  std::FILE* const out_;
  const End end_;
  const std::function<bool()> takes_input_;
  const bool is_terminal_;
  bool has_ended_ = false;
  int ends_typed_ = 0;
  std::chrono::nanoseconds slept_since_{0}, next_end_at_{0};  // since standard input has ended
  std::string read_;                                          // and not yet given
};

/// Whether standard input is a terminal whose keys are for this program: not one in the background.
bool is_typed_at();

}  // namespace cli
