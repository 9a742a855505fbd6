// A file that holds what a guest said, byte for byte, and is bounded: of a console that says more,
// the beginning and the end are kept, with a note between them. Every write is looked at.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "common/error.hpp"
#include "common/result.hpp"

namespace lab {
using namespace common;

class ConsoleLog {
 public:
  /// How many bytes of the beginning and of the end are kept.
  struct Bounds {
    std::uint64_t head, tail;
  };
  static constexpr std::uint64_t kTail = 1 << 20;
  /// The bounds for a point of an experiment, of which there may be thousands.
  static constexpr Bounds kOfPoint{15 << 20, kTail};
  /// The bounds for a machine that somebody boots by hand.
  static constexpr Bounds kOfMachine{std::uint64_t{1} << 30, kTail};

  /// kInput errors of the file.
  static Result<std::unique_ptr<ConsoleLog>, Error> create(const std::string& path, Bounds bounds);
  /// Without close(): what the end would have been is lost, and a note says that it was to come.
  ~ConsoleLog();
  ConsoleLog(const ConsoleLog&) = delete;
  ConsoleLog& operator=(const ConsoleLog&) = delete;

  /// False once the file cannot be written; what comes then is dropped.
  bool put(char c);
  /// Writes what is left. kInput with the file's name if anything could not be written.
  Result<Nothing, Error> close();

  std::uint64_t bytes_said() const { return said_; }
  /// Bytes that are not in the file.
  std::uint64_t bytes_left_out() const;
  /// The last line that holds anything, as one line for people; cut where it is long.
  std::string last_line() const;
  /// The last kShown bytes that were said, or all of them. From the beginning of a line on where it
  /// is not all and the line is not longer than that.
  std::string end() const;
  static constexpr std::size_t kShown = 2000;

 private:
  ConsoleLog(std::string path, std::FILE* file, Bounds bounds)
      : path_{std::move(path)}, file_{file}, bounds_{bounds} {}
  void write(const std::string& text);
  void remember(char c);
  void fail();

  std::string path_;
  std::FILE* file_;
  Bounds bounds_;
  std::uint64_t said_ = 0;
  std::string tail_;           // a ring, of what came behind the head
  std::string end_;            // the last kShown bytes and up to as many before them
  std::string line_, before_;  // the line that is being said; the last whole one that held anything
  int failure_ = 0;            // errno
};

}  // namespace lab
