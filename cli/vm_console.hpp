// The consoles of several virtual machines: for people line by line behind each one's name, and
// byte for byte in a file of its own where files are wanted. The line of the one that is typed at
// is shown as it grows, or a prompt would not be seen.
#pragma once

#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lab/points/console_log.hpp"
#include "machine/console_frames.hpp"

namespace cli {
using namespace common;

class VmConsole {
 public:
  /// `names` by number; `folder`: where console-NAME.log goes, "" is nowhere. kInput errors of a
  /// file.
  static Result<std::shared_ptr<VmConsole>, Error> open(std::FILE* people,
                                                        std::vector<std::string> names,
                                                        const std::string& folder);
  ~VmConsole();
  VmConsole(const VmConsole&) = delete;
  VmConsole& operator=(const VmConsole&) = delete;

  /// A byte of the machine's console stream. False once something cannot be written.
  bool put(char c);
  /// The line of this one is shown as it grows; none: all lines are shown when they are whole.
  void follow(std::optional<std::uint16_t> vm);
  /// A remark on a line of its own, and what is typed after Ctrl-].
  void say(const std::string& line);
  void echo(const std::string& keys);
  /// Finishes unfinished lines. kInput, with the name of what could not be written.
  Result<Nothing, Error> close();

 private:
  static constexpr std::size_t kLongestLine = 4096;

  VmConsole(std::FILE* people, std::vector<std::string> names);
  void take(std::uint16_t vm, char c);
  void show_line(std::uint16_t vm);
  void show_followed();
  /// Leaves the followed line, so that something else can have a line.
  void step_aside();
  void write(const std::string& text);
  std::string prefix_of(std::uint16_t vm) const;

  std::FILE* const people_;
  const std::vector<std::string> names_;
  machine::ConsoleSplitter splitter_;
  std::map<std::uint16_t, std::unique_ptr<lab::ConsoleLog>> logs_;
  std::map<std::uint16_t, std::string> lines_;  // unfinished
  std::optional<std::uint16_t> followed_;
  bool is_mid_line_ = false;  // on the screen
  bool logged_ = true;
  int failure_ = 0;  // errno, of `people`
};

}  // namespace cli
