// A directory for files that nobody is to see, removed with everything in it.
#pragma once

#include <filesystem>
#include <string>

#include "common/error.hpp"
#include "common/result.hpp"

namespace cli {
using namespace common;

class TemporaryDirectory {
 public:
  /// A new one where temporary files go, whose name begins with `name`.
  static Result<TemporaryDirectory, Error> make(const std::string& name);
  TemporaryDirectory(TemporaryDirectory&& other) noexcept;
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
  ~TemporaryDirectory();

  const std::filesystem::path& path() const { return path_; }

 private:
  explicit TemporaryDirectory(std::filesystem::path path) : path_{std::move(path)} {}
  std::filesystem::path path_;  // empty: moved from
};

}  // namespace cli
