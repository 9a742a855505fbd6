#include "cli/console_output.hpp"

#include <cerrno>
#include <cstring>

namespace cli {

Result<std::shared_ptr<ConsoleOutput>, Error> ConsoleOutput::open(std::FILE* people,
                                                                  std::string prefix,
                                                                  const std::string& file) {
  std::FILE* raw = nullptr;
  if (!file.empty()) {
    raw = std::fopen(file.c_str(), "wb");
    if (raw == nullptr)
      return Failure{Error{ErrorCode::kInput, file, std::strerror(errno),
                           "name a folder that exists and may be written"}};
  }
  return std::shared_ptr<ConsoleOutput>{new ConsoleOutput{people, std::move(prefix), raw}};
}

ConsoleOutput::~ConsoleOutput() {
  if (!line_.empty()) {
    line_ += '\n';
    end_line();
  }
  if (file_ != nullptr) std::fclose(file_);
}

void ConsoleOutput::put(char c) {
  if (file_ != nullptr) std::fputc(c, file_);
  if (prefix_.empty()) {
    std::fputc(c, people_);
    if (c == '\n') std::fflush(people_);
    return;
  }
  line_ += c;
  if (c == '\n') end_line();
}

void ConsoleOutput::end_line() {
  line_.insert(0, prefix_);
  std::fwrite(line_.data(), 1, line_.size(), people_);
  std::fflush(people_);
  line_.clear();
}

}  // namespace cli
