#include "cli/console_input.hpp"

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "cli/interrupt.hpp"

namespace cli {
namespace {

using std::chrono::nanoseconds;

// What has no end of line is given in pieces: /dev/zero is one line without an end.
constexpr std::size_t kLongestLine = 4096;

// Long waits are cut, so that limits of host time are noticed.
constexpr nanoseconds kLongest = std::chrono::milliseconds{200};

termios terminal_before;

void restore_terminal() { tcsetattr(STDIN_FILENO, TCSANOW, &terminal_before); }

// The guest echoes what it is sent and edits its lines; Ctrl-C stays ours.
bool take_terminal() {
  if (tcgetattr(STDIN_FILENO, &terminal_before) != 0) return false;
  termios keys = terminal_before;
  keys.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  keys.c_cc[VMIN] = 1;
  keys.c_cc[VTIME] = 0;
  if (tcsetattr(STDIN_FILENO, TCSANOW, &keys) != 0) return false;
  before_forced_end(restore_terminal);
  return true;
}

bool is_readable_within(nanoseconds wait) {
  wait = std::min(wait, kLongest);
  pollfd in{STDIN_FILENO, POLLIN, 0};
  timespec time{};
  time.tv_nsec = static_cast<long>(wait.count());
  return ppoll(&in, 1, &time, nullptr) > 0;
}

}  // namespace

ConsoleInput::ConsoleInput(std::FILE* out) : out_{out}, is_terminal_{take_terminal()} {}

ConsoleInput::~ConsoleInput() {
  if (!is_terminal_) return;
  restore_terminal();
  before_forced_end(nullptr);
}

std::string ConsoleInput::take_line() {
  const std::size_t line_end = is_terminal_ ? std::string::npos : read_.find('\n');
  const std::size_t end = std::min(line_end, is_terminal_ ? line_end : kLongestLine - 1);
  std::string line = read_.substr(0, end == std::string::npos ? end : end + 1);
  read_.erase(0, line.size());
  return line;
}

std::optional<std::string> ConsoleInput::next(nanoseconds idle) {
  if (idle.count() > 0) std::fflush(out_);
  if (!is_terminal_ && idle.count() == 0) return std::string{};
  const auto has_line = [this] {
    return read_.size() >= kLongestLine || read_.find('\n') != std::string::npos;
  };
  if (!has_line() && !has_ended_ && is_readable_within(idle)) {
    char bytes[4096];
    const ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
    if (count > 0) read_.append(bytes, static_cast<std::size_t>(count));
    has_ended_ = count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN);
  }
  if (is_terminal_ || has_ended_ || has_line()) {
    if (read_.empty() && has_ended_) return std::nullopt;
    return take_line();
  }
  return std::string{};
}

}  // namespace cli
