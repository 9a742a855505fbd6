#include "lab/points/point_console.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <utility>

namespace lab {
namespace {

/// Of all logs of a point together no more than of one console, and of each a readable piece.
ConsoleLog::Bounds bounds_of(std::size_t vms) {
  constexpr std::uint64_t kLeast = 256 << 10;
  const std::uint64_t head = std::max<std::uint64_t>(kLeast, ConsoleLog::kOfPoint.head / vms);
  return {head, std::max<std::uint64_t>(kLeast, ConsoleLog::kOfPoint.tail / vms)};
}

/// A thousand logs are open at once.
void allow_many_files() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace

PointConsole::PointConsole(std::vector<std::string> names, std::unique_ptr<ConsoleLog> whole)
    : names_{std::move(names)},
      whole_{std::move(whole)},
      splitter_{[this](std::uint16_t vm, char c) { take(vm, c); }} {}

Result<std::unique_ptr<PointConsole>, Error> PointConsole::create(
    const std::filesystem::path& directory, std::vector<std::string> names) {
  auto whole = ConsoleLog::create((directory / "console.log").string(), ConsoleLog::kOfPoint);
  if (!whole) return Failure{whole.error()};
  std::unique_ptr<PointConsole> console{new PointConsole{std::move(names), std::move(*whole)}};
  const std::size_t vms = console->names_.size();
  if (vms < 2) return console;
  allow_many_files();
  std::error_code error;
  std::filesystem::create_directory(directory / "consoles", error);
  for (std::size_t n = 0; n < vms; ++n) {
    const auto path = directory / "consoles" / (console->names_[n] + ".log");
    auto log = ConsoleLog::create(path.string(), bounds_of(vms));
    if (!log) return Failure{log.error()};
    console->logs_[static_cast<std::uint16_t>(n)] = std::move(*log);
  }
  return console;
}

const ConsoleLog* PointConsole::of(std::uint16_t vm) const {
  const auto log = logs_.find(vm);
  return log == logs_.end() ? nullptr : log->second.get();
}

bool PointConsole::put(char c) {
  if (logs_.empty()) return whole_->put(c);
  splitter_.put(c);
  return works_;
}

void PointConsole::take(std::uint16_t vm, char c) {
  if (const auto log = logs_.find(vm); log != logs_.end()) works_ = log->second->put(c) && works_;
  std::string& line = lines_[vm];
  line += c;
  if (c == '\n' || line.size() >= kLongestLine) end_line(vm);
}

void PointConsole::end_line(std::uint16_t vm) {
  std::string& line = lines_[vm];
  const std::string text = (vm < names_.size() ? names_[vm] : "monitor") + "| " + line +
                           (line.ends_with('\n') ? "" : "\n");
  line.clear();
  for (const char c : text) works_ = whole_->put(c) && works_;
}

Result<Nothing, Error> PointConsole::close() {
  for (auto& [vm, line] : lines_) {
    if (!line.empty()) end_line(vm);
  }
  Result<Nothing, Error> closed = whole_->close();
  for (auto& [vm, log] : logs_) {
    if (auto one = log->close(); !one && closed) closed = std::move(one);
  }
  return closed;
}

}  // namespace lab
