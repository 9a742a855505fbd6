#include "lab/points/console_log.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "lab/points/quoting.hpp"

namespace lab {
namespace {

constexpr std::size_t kLongestLine = 200;  // for last_line()

Error cannot_write(const std::string& path, int number) {
  return {ErrorCode::kInput, path, std::string{"cannot be written: "} + std::strerror(number),
          "is the disk full, or the directory not yours?"};
}

}  // namespace

Result<std::unique_ptr<ConsoleLog>, Error> ConsoleLog::create(const std::string& path,
                                                              Bounds bounds) {
  std::FILE* const file = std::fopen(path.c_str(), "wb");
  if (file == nullptr)
    return Failure{Error{ErrorCode::kInput, path, std::strerror(errno),
                         "name a folder that exists and may be written"}};
  return std::unique_ptr<ConsoleLog>{new ConsoleLog{path, file, bounds}};
}

ConsoleLog::~ConsoleLog() {
  if (file_ != nullptr) std::fclose(file_);
}

void ConsoleLog::fail() {
  if (failure_ == 0) failure_ = errno != 0 ? errno : EIO;
}

void ConsoleLog::write(const std::string& text) {
  if (failure_ == 0 && std::fwrite(text.data(), 1, text.size(), file_) != text.size()) fail();
}

bool ConsoleLog::put(char c) {
  remember(c);
  if (failure_ != 0) return false;
  if (said_ < bounds_.head) {
    if (std::fputc(c, file_) == EOF) fail();
  } else {
    if (said_ == bounds_.head) {
      // Now, for a run that is killed.
      write(
          fmt::format("\n[disco: the console says more than {} bytes; of the rest only the last "
                      "{} are kept]\n",
                      bounds_.head, bounds_.tail));
      if (failure_ == 0 && std::fflush(file_) != 0) fail();
    }
    const auto at = static_cast<std::size_t>((said_ - bounds_.head) % bounds_.tail);
    at < tail_.size() ? static_cast<void>(tail_[at] = c) : tail_.push_back(c);
  }
  ++said_;
  return failure_ == 0;
}

std::uint64_t ConsoleLog::bytes_left_out() const {
  const std::uint64_t kept = bounds_.head + bounds_.tail;
  return said_ > kept ? said_ - kept : 0;
}

Result<Nothing, Error> ConsoleLog::close() {
  if (file_ != nullptr) {
    if (bytes_left_out() != 0)
      write(fmt::format("[disco: {} bytes are left out here]\n", bytes_left_out()));
    const std::size_t oldest =
        bytes_left_out() == 0 ? 0 : static_cast<std::size_t>((said_ - bounds_.head) % bounds_.tail);
    write(tail_.substr(oldest));
    write(tail_.substr(0, oldest));
    // A failed fclose() has closed the file all the same.
    if (std::fflush(file_) != 0) fail();
    if (std::fclose(std::exchange(file_, nullptr)) != 0) fail();
  }
  if (failure_ != 0) return Failure{cannot_write(path_, failure_)};
  return Nothing{};
}

// ---- what was said last

void ConsoleLog::remember(char c) {
  end_ += c;
  if (end_.size() == 2 * kShown) end_.erase(0, kShown);
  if (c == '\n') {
    if (line_.find_first_not_of(" \t\r") != std::string::npos) before_ = line_;
    line_.clear();
  } else if (line_.size() <= kLongestLine) {
    line_ += c;
  }
}

std::string ConsoleLog::last_line() const {
  const bool under_way = line_.find_first_not_of(" \t\r") != std::string::npos;
  std::string line = under_way ? line_ : before_;
  while (!line.empty() && std::strchr(" \t\r", line.back()) != nullptr) line.pop_back();
  const bool cut = line.size() > kLongestLine;
  if (cut) line.resize(kLongestLine);
  return printable(line) + (cut ? "..." : "");
}

std::string ConsoleLog::end() const {
  if (said_ <= kShown) return end_;
  const std::string last = end_.substr(end_.size() - kShown);
  const std::size_t line = last.find('\n');
  return line + 1 < last.size() ? last.substr(line + 1) : last;
}

}  // namespace lab
