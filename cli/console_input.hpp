// What is typed at the guest's console: this program's standard input. At a terminal keys go to the
// guest as they are pressed, and while it idles simulated time passes as fast as real time. A file
// or pipe is given line by line, each when the guest has nothing to do.
#pragma once

#include <chrono>
#include <cstdio>
#include <optional>
#include <string>

namespace cli {

class ConsoleInput {
 public:
  /// `out` is where the guest's console goes: a prompt must be seen before it is answered.
  explicit ConsoleInput(std::FILE* out);
  ~ConsoleInput();
  ConsoleInput(const ConsoleInput&) = delete;
  ConsoleInput& operator=(const ConsoleInput&) = delete;

  /// As config::Machine::InputSource.
  std::optional<std::string> next(std::chrono::nanoseconds idle);

 private:
  std::string take_line();

  std::FILE* const out_;
  const bool is_terminal_;
  bool has_ended_ = false;
  std::string read_;  // and not yet given
};

}  // namespace cli
