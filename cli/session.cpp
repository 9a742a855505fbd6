#include "cli/session.hpp"

#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace cli {
namespace {

bool wants_color(Choice choice, std::FILE* stream) {
  if (choice != Choice::kAuto) return choice == Choice::kAlways;
  const char* no_color = std::getenv("NO_COLOR");
  return is_terminal(stream) && (no_color == nullptr || *no_color == '\0');
}

}  // namespace

// Names of files and words of others are in messages: neither a terminal nor a log acts upon them.
std::string one_line(std::string_view text) {
  constexpr std::size_t kLongest = 2000, kTail = 300;
  const bool cut = text.size() > kLongest;
  const auto append = [](std::string& to, std::string_view part) {
    for (const char c : part) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '\n') {
        to += "\\n";
      } else if ((byte < 0x20 && c != '\t') || byte == 0x7f) {
        to += fmt::format("\\x{:02x}", byte);
      } else {
        to += c;
      }
    }
  };
  std::string line;
  append(line, text.substr(0, cut ? kLongest - kTail : text.size()));
  if (!cut) return line;
  line += " ... ";
  append(line, text.substr(text.size() - kTail));
  return line;
}

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

std::string grouped(std::uint64_t value) {
  const std::string digits = std::to_string(value);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i != 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string scaled(double value) {
  static constexpr const char* kPrefixes[] = {"", " K", " M", " G", " T"};
  unsigned step = 0;
  while (std::fabs(value) >= 999.5 && step < 4) {
    value /= 1000;
    ++step;
  }
  if (step == 0 && value == std::floor(value)) return fmt::format("{:.0f}", value);
  const int decimals = std::fabs(value) >= 99.95 ? 0 : std::fabs(value) >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f}{}", value, decimals, kPrefixes[step]);
}

std::string count_of(std::uint64_t n, const std::string& word) {
  return fmt::format("{} {}{}", grouped(n), word, n == 1 ? "" : "s");
}

std::string duration(double seconds) {
  if (seconds != 0 && seconds < 1e-3) return fmt::format("{:.3g} us", seconds * 1e6);
  if (seconds != 0 && seconds < 1) return fmt::format("{:.3g} ms", seconds * 1e3);
  if (seconds < 10) return fmt::format("{:.2f} s", seconds);
  if (seconds < 60) return fmt::format("{:.0f} s", seconds);
  const auto whole = static_cast<std::uint64_t>(seconds + 0.5);
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace cli
