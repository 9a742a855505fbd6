// Whole files in and out of memory, with errors that say what to do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "common/result.hpp"

namespace machine {
using namespace common;

/// Bytes with the name that error messages use.
struct Blob {
  std::string name;
  std::vector<std::byte> bytes;
};

/// The largest kernel, program, RAM disk or ROM: more than the unmapped segments that they are
/// linked for.
inline constexpr std::uint64_t kLargestImage = std::uint64_t{1} << 30;

/// The one way a file is read whole. kInput error if it cannot be, if it is no file (nothing says
/// how long a device or a FIFO is; none is ever waited for), if it holds more than `most` bytes,
/// and if those do not fit into the host's memory.
Result<Blob, Error> read_blob(const std::string& path, std::uint64_t most = kLargestImage);
/// Reads a whole file as text.
Result<std::string, Error> read_text(const std::string& path, std::uint64_t most);
/// Reads a file of any length, piece by piece.
Result<Nothing, Error> read_pieces(const std::string& path, std::uint64_t most,
                                   const std::function<void(std::span<const std::byte>)>& piece);

/// Written as `path`.partial and renamed, so that `path` is never half there.
Result<Nothing, Error> write_file(const std::string& path, std::span<const std::byte> bytes);

}  // namespace machine
