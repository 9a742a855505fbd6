#include "cli/temporary_directory.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace cli {

Result<TemporaryDirectory, Error> TemporaryDirectory::make(const std::string& name) {
  std::error_code ignored;
  std::filesystem::path base = std::filesystem::temp_directory_path(ignored);
  if (base.empty()) base = "/tmp";
  std::string text = (base / (name + "-XXXXXX")).string();
  if (::mkdtemp(text.data()) == nullptr)
    return Failure{Error{ErrorCode::kInput, text, std::strerror(errno),
                         "set TMPDIR to a directory that can be written"}};
  return TemporaryDirectory{text};
}

TemporaryDirectory::TemporaryDirectory(TemporaryDirectory&& other) noexcept
    : path_{std::exchange(other.path_, {})} {}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace cli
