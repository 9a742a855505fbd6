#include "cli/console_switch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "config/schema/suggest.hpp"

namespace cli {
namespace {

constexpr char kCtrlC = 3, kBackspace = 8, kEscape = 0x1b, kDelete = 0x7f;
constexpr std::size_t kMostListed = 16, kLongestWord = 64;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

ConsoleSwitch::ConsoleSwitch(std::vector<std::string> names, Face face)
    : names_{std::move(names)}, face_{std::move(face)} {}

std::string ConsoleSwitch::help() const {
  return fmt::format("keys go to {}; Ctrl-] and {} to another, Ctrl-] twice ends the run",
                     names_.front(),
                     names_.size() <= kMostByDigit ? "a digit, or a name and Enter,"
                                                   : "a number or a name and Enter");
}

std::string ConsoleSwitch::typed(std::string_view keys) {
  std::string stream, text;
  for (const char key : keys) {
    if (in_command_) {
      command(key);
    } else if (key == kKey) {
      stream += joiner_.frame(listener_, text);
      text.clear();
      in_command_ = true;
    } else {
      text += key;
    }
  }
  return stream + joiner_.frame(listener_, text);
}

void ConsoleSwitch::command(char key) {
  const auto leave = [this] {
    in_command_ = false;
    return std::exchange(word_, {});
  };
  if (key == kKey) {
    leave();
    face_.end();
  } else if (key == kCtrlC || key == kEscape) {
    leave();
    face_.echo("\n");
  } else if (key == '\n' || key == '\r') {
    face_.echo("\n");
    choose(leave());
  } else if (key == kBackspace || key == kDelete) {
    if (word_.empty()) return;
    word_.pop_back();
    face_.echo("\b \b");
  } else if (word_.empty() && is_digit(key) && names_.size() <= kMostByDigit) {
    leave();
    choose(std::string(1, key));
  } else if (word_.size() < kLongestWord) {
    word_ += key;
    face_.echo(std::string(1, key));
  }
}

void ConsoleSwitch::choose(const std::string& word) {
  if (word.empty()) return list();
  const auto named = std::find(names_.begin(), names_.end(), word);
  std::size_t number = static_cast<std::size_t>(named - names_.begin());
  if (named == names_.end()) {
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    const bool is_number = error == std::errc{} && end == word.data() + word.size();
    if (!is_number || number >= names_.size()) {
      return face_.say(fmt::format("no virtual machine \"{}\"{}; Ctrl-] and Enter lists them", word,
                                   config::did_you_mean(word, names_)));
    }
  }
  listener_ = static_cast<std::uint16_t>(number);
  face_.heard(listener_);
  face_.say("keys go to " + names_[number]);
}

void ConsoleSwitch::list() const {
  std::vector<std::string> shown;
  for (std::size_t n = 0; n < std::min(names_.size(), kMostListed); ++n)
    shown.push_back(fmt::format("{} {}", n, names_[n]));
  face_.say(fmt::format("{}{}; keys go to {}", fmt::join(shown, ", "),
                        names_.size() > kMostListed
                            ? fmt::format(" ... {} {}", names_.size() - 1, names_.back())
                            : "",
                        names_[listener_]));
}

}  // namespace cli
