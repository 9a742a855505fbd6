// A host error: something outside the project was wrong (a file, a flag, a configuration). One
// sentence says what and where, another what to do about it; the code becomes the exit code.
#pragma once

#include <cstdint>
#include <string>

namespace common {

/// Values are the exit codes of `disco` (docs/cli.md).
enum class ErrorCode : std::uint8_t {
  kExpectation = 1,  // an `expect` or --fail-on did not hold
  kUsage = 2,
  kConfig = 3,
  kInput = 4,  // ELF, trace, image: missing, corrupt, of another version
  kGuest = 5,  // guest fault or panic, non-zero guest exit
  kDivergence = 6,
  kLimit = 7,
  kInternal = 70,
  kInterrupted = 130,
};

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string where;   // "file.lua:14", "kernel.elf, program header 2", "trace.dtz, offset 512"
  std::string what;    // one clause, no full stop
  std::string remedy;  // what to do; may be empty where `what` says it already

  std::string message() const {
    std::string text = where.empty() ? what : where + ": " + what;
    if (!remedy.empty()) text += " (" + remedy + ")";
    return text;
  }
};

}  // namespace common
