// Where a guest's console goes: to people as it comes, or line by line behind the machine's name
// where several speak; and byte for byte to a file of its own where one is wanted.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "lab/points/console_log.hpp"

namespace cli {
using namespace common;

class ConsoleOutput {
 public:
  /// A line of a machine among several is broken here, so that one that never ends is seen too.
  static constexpr std::size_t kLongestLine = 4096;

  /// `prefix` begins every line for people; "" passes bytes on at once. `file`: "" is none.
  static Result<std::shared_ptr<ConsoleOutput>, Error> open(std::FILE* people, std::string prefix,
                                                            const std::string& file);
  /// Closes as close() does, with nobody to tell.
  ~ConsoleOutput();
  ConsoleOutput(const ConsoleOutput&) = delete;
  ConsoleOutput& operator=(const ConsoleOutput&) = delete;

  /// False once something cannot be written: there is no sense in saying more.
  bool put(char c);
  /// Finishes an unfinished line. kInput, with the name of what could not be written, if anything
  /// that was put is lost. Nothing may be put behind it.
  Result<Nothing, Error> close();

 private:
  ConsoleOutput(std::FILE* people, std::string prefix, std::unique_ptr<lab::ConsoleLog> log)
      : people_{people}, prefix_{std::move(prefix)}, log_{std::move(log)} {}
  void end_line();
  void flush();
  void fail();

  std::FILE* const people_;
  const std::string prefix_;
  const std::unique_ptr<lab::ConsoleLog> log_;
  std::string line_;
  int failure_ = 0;  // errno, of `people`
};

}  // namespace cli
