// Whole files in and out of memory, with errors that say what to do.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "common/result.hpp"

namespace config {
using namespace common;

/// Bytes with the name that error messages use.
struct Blob {
  std::string name;
  std::vector<std::byte> bytes;
};
/// kInput error if the file cannot be read.
Result<Blob, Error> read_blob(const std::string& path);

/// Written as `path`.partial and renamed, so that `path` is never half there.
Result<Nothing, Error> write_file(const std::string& path, std::span<const std::byte> bytes);

}  // namespace config
