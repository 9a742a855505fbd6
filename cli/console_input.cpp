#include "cli/console_input.hpp"

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

#include "lab/points/interrupt.hpp"
#include "machine/machine.hpp"

namespace cli {
namespace {

using std::chrono::nanoseconds;

// What has no end of line is given in pieces: /dev/zero is one line without an end.
constexpr std::size_t kLongestLine = 4096;

// Long waits are cut, so that limits of host time are noticed.
constexpr nanoseconds kLongest = std::chrono::milliseconds{200};

constexpr char kCtrlC = 3, kCtrlD = 4, kCtrlBracket = 0x1d;

termios terminal_before, terminal_taken;

void restore_terminal() { tcsetattr(STDIN_FILENO, TCSANOW, &terminal_before); }

// Ctrl-Z and `fg`: shells give the terminal back as they had it themselves. Both handlers only do
// what a signal handler may.
void continued(int) {
  if (is_typed_at()) tcsetattr(STDIN_FILENO, TCSANOW, &terminal_taken);
}
void stopped(int) {
  restore_terminal();
  std::signal(SIGTSTP, SIG_DFL);
  kill(getpid(), SIGTSTP);  // the process stands here until it is continued
  struct sigaction again {};
  again.sa_handler = stopped;
  again.sa_flags = SA_NODEFER | SA_RESTART;
  sigaction(SIGTSTP, &again, nullptr);
  continued(0);  // nobody may have stopped it: where no shell would continue it
}

void follow_job_control(bool on) {
  struct sigaction action {};
  action.sa_flags = SA_NODEFER | SA_RESTART;
  action.sa_handler = on ? stopped : SIG_DFL;
  sigaction(SIGTSTP, &action, nullptr);
  action.sa_handler = on ? continued : SIG_DFL;
  sigaction(SIGCONT, &action, nullptr);
}

// The guest echoes what it is sent and edits its lines.
bool take_terminal(ConsoleInput::Bracket bracket) {
  if (!is_typed_at() || tcgetattr(STDIN_FILENO, &terminal_before) != 0) return false;
  termios keys = terminal_before;
  keys.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  keys.c_cc[VMIN] = 1;
  keys.c_cc[VTIME] = 0;
  const bool ends_run = bracket == ConsoleInput::Bracket::kEndsRun;
  keys.c_cc[VINTR] =
      ends_run ? static_cast<cc_t>(kCtrlBracket) : static_cast<cc_t>(_POSIX_VDISABLE);
  if (tcsetattr(STDIN_FILENO, TCSANOW, &keys) != 0) return false;
  terminal_taken = keys;
  follow_job_control(true);
  lab::before_forced_end(restore_terminal);
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

bool is_typed_at() {
  if (isatty(STDIN_FILENO) == 0) return false;
  const pid_t foreground = tcgetpgrp(STDIN_FILENO);
  return foreground < 0 || foreground == getpgrp();  // below 0: it controls nobody
}

ConsoleInput::ConsoleInput(std::FILE* out, End end, Bracket bracket,
                           std::function<bool()> takes_input)
    : out_{out},
      end_{end},
      takes_input_{std::move(takes_input)},
      is_terminal_{take_terminal(bracket)} {}

ConsoleInput::~ConsoleInput() {
  if (!is_terminal_) return;
  follow_job_control(false);
  restore_terminal();
  lab::before_forced_end(nullptr);
}

std::string ConsoleInput::take_line() {
  const std::size_t line_end = is_terminal_ ? std::string::npos : read_.find('\n');
  const std::size_t end = std::min(line_end, is_terminal_ ? line_end : kLongestLine - 1);
  std::string line = read_.substr(0, end == std::string::npos ? end : end + 1);
  read_.erase(0, line.size());
  // Ctrl-D does not end a line in every editor.
  const bool is_last = !is_terminal_ && read_.empty() && has_ended_;
  if (end_ == End::kCtrlD && is_last && !line.ends_with('\n')) line += '\n';
  return line;
}

// A guest that does not listen cannot be stopped by the key.
void ConsoleInput::interrupt_unless_heard() {
  if (read_.find(kCtrlC) == std::string::npos || takes_input_()) return;
  read_.erase(std::remove(read_.begin(), read_.end(), kCtrlC), read_.end());
  std::raise(SIGINT);
}

std::optional<std::string> ConsoleInput::next_end(nanoseconds idle) {
  constexpr nanoseconds kLeast = std::chrono::milliseconds{10};
  if (end_ == End::kHangUp || ends_typed_ == kMostEnds) return std::nullopt;
  if (idle != machine::Machine::kForever) {
    slept_since_ += idle;
    if (slept_since_ < next_end_at_) return std::string{};
    next_end_at_ = std::max(2 * slept_since_, kLeast);
  }
  ++ends_typed_;
  return std::string{kCtrlD};
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
    if (is_terminal_) interrupt_unless_heard();
  }
  if (is_terminal_ || has_ended_ || has_line()) {
    if (read_.empty() && has_ended_) return next_end(idle);
    return take_line();
  }
  return std::string{};
}

}  // namespace cli
