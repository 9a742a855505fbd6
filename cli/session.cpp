#include "cli/session.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>

namespace cli {
namespace {

bool wants_color(Choice choice, std::FILE* stream) {
  if (choice != Choice::kAuto) return choice == Choice::kAlways;
  const char* no_color = std::getenv("NO_COLOR");
  return is_terminal(stream) && (no_color == nullptr || *no_color == '\0');
}

}  // namespace

bool is_terminal(std::FILE* stream) {
  const char* term = std::getenv("TERM");
  const bool dumb = term == nullptr || std::string_view{term} == "dumb";
  return isatty(fileno(stream)) != 0 && !dumb;
}

Session::Session(const Globals& globals)
    : globals_{globals},
      human_paint_{wants_color(globals.color, globals.json ? stderr : stdout)},
      error_paint_{wants_color(globals.color, stderr)} {}

void Session::say(std::string_view line) const {
  if (!globals_.quiet || !globals_.json) write(human(), fmt::format("{}\n", line));
}

void Session::write(std::FILE* stream, std::string_view text) const {
  if (std::fwrite(text.data(), 1, text.size(), stream) != text.size() && stream == stdout)
    write_error_ = errno;
}

void Session::note(std::string_view line) const {
  if (!globals_.quiet) write(stderr, fmt::format("{}\n", line));
}

void Session::detail(std::string_view line) const {
  if (globals_.verbosity > 0) write(stderr, fmt::format("{}\n", line));
}

void Session::warn(std::string_view line) const {
  write(stderr, fmt::format("{} {}\n", error_paint_.yellow("disco: warning:"), one_line(line)));
}

void Session::error(const Error& error) const {
  write(stderr,
        fmt::format("{} {}\n", error_paint_.red("disco: error:"), one_line(error.message())));
}

Result<Nothing, Error> Session::flush() const {
  if (std::fflush(stdout) != 0) write_error_ = errno;
  if (write_error_ == 0 || write_error_ == EPIPE || output_failure_told_) return Nothing{};
  return Failure{Error{ErrorCode::kInput, "standard output", std::strerror(write_error_),
                       "is the disk full?"}};
}

void Session::emit(const Json& answer) {
  if (!globals_.json || answered_) return;
  answered_ = true;
  write(stdout, json_text(answer, 2) + "\n");
}

}  // namespace cli
