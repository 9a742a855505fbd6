#include "cli/vm_console.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace cli {
namespace {

/// A thousand logs are open at once.
void allow_many_files() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace

VmConsole::VmConsole(std::FILE* people, std::vector<std::string> names)
    : people_{people}, names_{std::move(names)}, splitter_{[this](std::uint16_t vm, char c) {
        take(vm, c);
      }} {}

Result<std::shared_ptr<VmConsole>, Error> VmConsole::open(std::FILE* people,
                                                          std::vector<std::string> names,
                                                          const std::string& folder) {
  std::shared_ptr<VmConsole> console{new VmConsole{people, std::move(names)}};
  if (folder.empty()) return console;
  allow_many_files();
  const auto add = [&](std::uint16_t vm, const std::string& name) -> Result<Nothing, Error> {
    auto log =
        lab::ConsoleLog::create(folder + "/console-" + name + ".log", lab::ConsoleLog::kOfMachine);
    if (!log) return Failure{log.error()};
    console->logs_[vm] = std::move(*log);
    return Nothing{};
  };
  for (std::size_t n = 0; n < console->names_.size(); ++n) {
    const auto added = add(static_cast<std::uint16_t>(n), console->names_[n]);
    if (!added) return Failure{added.error()};
  }
  if (const auto added = add(machine::kMonitorConsole, "monitor"); !added)
    return Failure{added.error()};
  return console;
}

VmConsole::~VmConsole() { [[maybe_unused]] const auto untold = close(); }

std::string VmConsole::prefix_of(std::uint16_t vm) const {
  return (vm < names_.size() ? names_[vm] : "monitor") + "| ";
}

void VmConsole::write(const std::string& text) {
  if (failure_ != 0) return;
  if (std::fwrite(text.data(), 1, text.size(), people_) != text.size() ||
      (!text.empty() && text.back() == '\n' && std::fflush(people_) != 0))
    failure_ = errno != 0 ? errno : EIO;
}

bool VmConsole::put(char c) {
  splitter_.put(c);
  return failure_ == 0 && logged_;
}

void VmConsole::take(std::uint16_t vm, char c) {
  if (const auto log = logs_.find(vm); log != logs_.end()) logged_ = log->second->put(c) && logged_;
  std::string& line = lines_[vm];
  line += c;
  const bool is_whole = c == '\n' || line.size() >= kLongestLine;
  if (vm != followed_) {
    if (is_whole) show_line(vm);
    return;
  }
  write(is_mid_line_ ? std::string(1, c) : prefix_of(vm) + c);
  is_mid_line_ = true;
  if (!is_whole) return;
  if (c != '\n') write("\n");
  is_mid_line_ = false;
  line.clear();
}

void VmConsole::show_line(std::uint16_t vm) {
  const bool back = is_mid_line_;
  step_aside();
  std::string& line = lines_[vm];
  write(prefix_of(vm) + line + (line.ends_with('\n') ? "" : "\n"));
  line.clear();
  if (back) show_followed();
}

void VmConsole::step_aside() {
  if (is_mid_line_) write("\n");
  is_mid_line_ = false;
}

void VmConsole::show_followed() {
  if (!followed_ || lines_[*followed_].empty()) return;
  write(prefix_of(*followed_) + lines_[*followed_]);
  if (failure_ == 0) std::fflush(people_);
  is_mid_line_ = true;
}

void VmConsole::follow(std::optional<std::uint16_t> vm) {
  step_aside();
  followed_ = vm;
  show_followed();
}

void VmConsole::say(const std::string& line) {
  step_aside();
  write("disco: " + line + "\n");
  show_followed();
}

void VmConsole::echo(const std::string& keys) {
  write(keys);
  if (failure_ == 0) std::fflush(people_);
  is_mid_line_ = !keys.ends_with('\n');
}

Result<Nothing, Error> VmConsole::close() {
  follow(std::nullopt);
  for (auto& [vm, line] : lines_) {
    if (!line.empty()) show_line(vm);
  }
  if (failure_ == 0 && std::fflush(people_) != 0) failure_ = errno != 0 ? errno : EIO;
  Result<Nothing, Error> logged{Nothing{}};
  for (auto& [vm, log] : logs_) {
    if (auto closed = log->close(); !closed && logged) logged = std::move(closed);
  }
  if (failure_ == 0) return logged;
  return Failure{Error{ErrorCode::kInput, people_ == stderr ? "standard error" : "standard output",
                       std::strerror(failure_), "is the disk full, or did its reader leave?"}};
}

}  // namespace cli
