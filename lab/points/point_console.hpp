// What a point's machine says: byte for byte in console.log; of several virtual machines a log of
// each, consoles/NAME.log, and in console.log their lines as they came, each behind its name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lab/points/console_log.hpp"
#include "machine/console_frames.hpp"

namespace lab {
using namespace common;

class PointConsole {
 public:
  /// `names` of virtual machines by number; fewer than two: there is one console. kInput errors of
  /// files.
  static Result<std::unique_ptr<PointConsole>, Error> create(const std::filesystem::path& directory,
                                                             std::vector<std::string> names);
  PointConsole(const PointConsole&) = delete;
  PointConsole& operator=(const PointConsole&) = delete;

  /// False once a file cannot be written.
  bool put(char c);
  Result<Nothing, Error> close();

  const ConsoleLog& whole() const { return *whole_; }
  /// The log of a virtual machine; nullptr where there is one console.
  const ConsoleLog* of(std::uint16_t vm) const;

 private:
  static constexpr std::size_t kLongestLine = 4096;

  PointConsole(std::vector<std::string> names, std::unique_ptr<ConsoleLog> whole);
  void take(std::uint16_t vm, char c);
  void end_line(std::uint16_t vm);

  std::vector<std::string> names_;
  std::unique_ptr<ConsoleLog> whole_;
  machine::ConsoleSplitter splitter_;
  std::map<std::uint16_t, std::unique_ptr<ConsoleLog>> logs_;
  std::map<std::uint16_t, std::string> lines_;  // unfinished
  bool works_ = true;
};

}  // namespace lab
