#include "cli/console_output.hpp"

#include <cerrno>
#include <cstring>

namespace cli {

Result<std::shared_ptr<ConsoleOutput>, Error> ConsoleOutput::open(std::FILE* people,
                                                                  std::string prefix,
                                                                  const std::string& file) {
  std::unique_ptr<lab::ConsoleLog> log;
  if (!file.empty()) {
    auto created = lab::ConsoleLog::create(file, lab::ConsoleLog::kOfMachine);
    if (!created) return Failure{created.error()};
    log = std::move(*created);
  }
  return std::shared_ptr<ConsoleOutput>{
      new ConsoleOutput{people, std::move(prefix), std::move(log)}};
}

ConsoleOutput::~ConsoleOutput() { [[maybe_unused]] const auto untold = close(); }

void ConsoleOutput::fail() {
  if (failure_ == 0) failure_ = errno != 0 ? errno : EIO;
}

void ConsoleOutput::flush() {
  if (failure_ == 0 && std::fflush(people_) != 0) fail();
}

bool ConsoleOutput::put(char c) {
  const bool logged = log_ == nullptr || log_->put(c);
  if (failure_ != 0) return false;
  if (prefix_.empty()) {
    if (std::fputc(c, people_) == EOF) fail();
    if (c == '\n') flush();
  } else {
    line_ += c;
    if (c != '\n' && line_.size() == kLongestLine) line_ += '\n';
    if (line_.back() == '\n') end_line();
  }
  return logged && failure_ == 0;
}

void ConsoleOutput::end_line() {
  line_.insert(0, prefix_);
  if (std::fwrite(line_.data(), 1, line_.size(), people_) != line_.size()) fail();
  flush();
  line_.clear();
}

Result<Nothing, Error> ConsoleOutput::close() {
  if (!line_.empty()) {
    line_ += '\n';
    end_line();
  }
  flush();
  const auto logged = log_ == nullptr ? Result<Nothing, Error>{Nothing{}} : log_->close();
  if (failure_ == 0) return logged;
  return Failure{Error{ErrorCode::kInput, people_ == stderr ? "standard error" : "standard output",
                       std::strerror(failure_), "is the disk full, or did its reader leave?"}};
}

}  // namespace cli
