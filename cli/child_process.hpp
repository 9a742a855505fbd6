// Starting other programs (a compiler, a debugger) that share the terminal.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "common/error.hpp"
#include "common/result.hpp"

namespace cli {
using namespace common;

class ChildProcess {
 public:
  /// Starts words[0], looked up in PATH. kUsage error with `remedy` if it cannot be started.
  static Result<ChildProcess, Error> start(std::vector<std::string> words,
                                           const std::string& remedy);
  /// Whether it has ended; wait() then returns at once.
  bool has_ended() const;
  /// Waits for the process and gives its exit code; 1 if a signal ended it.
  int wait() const;

 private:
  explicit ChildProcess(pid_t pid) : pid_{pid} {}
  pid_t pid_;
};

}  // namespace cli
