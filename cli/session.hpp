// What every verb shares: the global options, and where words go. Human text goes to stdout, or to
// stderr when --json claims stdout for the machine's answer; diagnostics always go to stderr.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <string_view>

#include "common/error.hpp"
#include "common/json.hpp"
#include "common/result.hpp"
#include "common/wording.hpp"
#include "lab/points/audience.hpp"

namespace cli {
using namespace common;

enum class Choice : std::uint8_t { kAuto, kAlways, kNever };
enum class ProgressStyle : std::uint8_t { kAuto, kBar, kLines, kNone };

struct Globals {
  bool json = false;
  bool quiet = false;
  unsigned verbosity = 0;
  Choice color = Choice::kAuto;
  ProgressStyle progress = ProgressStyle::kAuto;
};

/// Turns text into coloured text, or leaves it alone.
class Paint {
 public:
  explicit Paint(bool on) : on_{on} {}
  std::string bold(std::string_view s) const { return wrap("1", s); }
  std::string dim(std::string_view s) const { return wrap("2", s); }
  std::string red(std::string_view s) const { return wrap("31;1", s); }
  std::string green(std::string_view s) const { return wrap("32", s); }
  std::string yellow(std::string_view s) const { return wrap("33", s); }
  std::string cyan(std::string_view s) const { return wrap("36", s); }
  bool is_on() const { return on_; }

 private:
  std::string wrap(const char* code, std::string_view s) const {
    return on_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, s) : std::string{s};
  }
  bool on_;
};

class Session : public lab::Audience {
 public:
  explicit Session(const Globals& globals);

  const Globals& globals() const { return globals_; }
  /// Where human text goes.
  std::FILE* human() const { return globals_.json ? stderr : stdout; }
  bool is_quiet() const override { return globals_.quiet; }
  const Paint& paint() const { return human_paint_; }
  const Paint& error_paint() const { return error_paint_; }

  /// A line of the answer for people; --quiet leaves it alone. Where --json has the answer, this
  /// is a remark beside it, and --quiet drops it.
  void say(std::string_view line) const;
  /// Text as it is. That nobody reads it any more (`| head`) or that it finds no room must not end
  /// a run, whose results are in files: flush() tells of it.
  void write(std::FILE* stream, std::string_view text) const;
  /// A remark on stderr: where a file was written, what is being waited for. Nothing with --quiet.
  void note(std::string_view line) const override;
  /// Only with -v.
  void detail(std::string_view line) const;
  void warn(std::string_view line) const override;
  void error(const Error& error) const;
  /// The answer for machines, printed only with --json. One answer a run: later ones are dropped.
  void emit(const Json& answer);
  /// At the end: kInput if stdout could not be written (a reader that has gone is no error).
  Result<Nothing, Error> flush() const;
  /// Somebody has said already that stdout cannot be written: flush() need not.
  void output_failure_is_told() { output_failure_told_ = true; }

 private:
  Globals globals_;
  mutable int write_error_ = 0;  // errno
  bool answered_ = false, output_failure_told_ = false;
  Paint human_paint_;
  Paint error_paint_;
};

/// Is `stream` a terminal that a person looks at (not a pipe, not TERM=dumb)?
bool is_terminal(std::FILE* stream);

}  // namespace cli
