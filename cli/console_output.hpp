// Where a guest's console goes: to people as it comes, or line by line behind the machine's name
// where several speak; and byte for byte to a file of its own where one is wanted.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "common/error.hpp"
#include "common/result.hpp"

namespace cli {
using namespace common;

class ConsoleOutput {
 public:
  /// `prefix` begins every line for people; "" passes bytes on at once. `file`: "" is none.
  static Result<std::shared_ptr<ConsoleOutput>, Error> open(std::FILE* people, std::string prefix,
                                                            const std::string& file);
  /// An unfinished line is finished.
  ~ConsoleOutput();
  ConsoleOutput(const ConsoleOutput&) = delete;
  ConsoleOutput& operator=(const ConsoleOutput&) = delete;

  void put(char c);

 private:
  ConsoleOutput(std::FILE* people, std::string prefix, std::FILE* file)
      : people_{people}, prefix_{std::move(prefix)}, file_{file} {}
  void end_line();

  std::FILE* const people_;
  const std::string prefix_;
  std::FILE* const file_;
  std::string line_;
};

}  // namespace cli
