// Which of several virtual machines hears what is typed, and how that is changed while they run:
// Ctrl-] and a machine's number or name. Knows nothing of terminals.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "machine/console_frames.hpp"

namespace cli {

class ConsoleSwitch {
 public:
  /// What the switch asks of whoever shows the console.
  struct Face {
    std::function<void(std::uint16_t vm)> heard;        // from now on this one hears the keys
    std::function<void(const std::string& line)> say;   // a remark
    std::function<void(const std::string& keys)> echo;  // of what is typed after Ctrl-]
    std::function<void()> end;                          // Ctrl-] twice
  };

  static constexpr char kKey = 0x1d;  // Ctrl-]

  /// `names` by number. The first hears the keys.
  ConsoleSwitch(std::vector<std::string> names, Face face);

  /// Keys in, the machine's console stream out.
  std::string typed(std::string_view keys);
  std::uint16_t listener() const { return listener_; }

  /// How to use it, in a sentence.
  std::string help() const;

 private:
  /// Up to so many, a digit alone names one.
  static constexpr std::size_t kMostByDigit = 10;

  void command(char key);
  void choose(const std::string& word);
  void list() const;

  std::vector<std::string> names_;
  Face face_;
  machine::ConsoleJoiner joiner_;
  std::uint16_t listener_ = 0;
  bool in_command_ = false;
  std::string word_;
};

}  // namespace cli
